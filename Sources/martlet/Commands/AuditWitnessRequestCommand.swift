import ArgumentParser
import MartletStorage
import MartletTransparency

/// `martlet audit witness-request`: what a witness needs to sign the checkpoint of the log.
struct AuditWitnessRequestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "witness-request",
        abstract: "Prints the request with which a witness signs the checkpoint (C2SP tlog-witness, add-checkpoint).",
        discussion: """
            Example: martlet audit witness-request --old 84 --config martlet.yaml > request
              curl --data-binary @request https://witness.example/add-checkpoint > lines
              { sed '1,/^$/d' request; cat lines; } > cosigned.checkpoint
            The witness answers 409 with the size it knows when --old is another one. A size larger than that of the log says
            that the log was rolled back.
            Exit code 0: printed. 1: the log has fewer records than --old, or contradicts itself. 2: usage, or no log.
            """)
    @OptionGroup var configuration: ConfigurationOption
    @Option(help: "Records in the checkpoint that the witness signed last, 0 for none.") var old: UInt64
    @Flag(help: "Accepted for uniformity: the request is text by its specification.") var json = false

    func run() throws {
        let log = PublishedDirectory(try configuration.state())
        let verifier = try log.told { log throws(SegmentError) in try log.verifier() }
        let request = try log.told { log throws(SegmentError) in try log.witnessRequest(old: old, verifier) }
        guard let request else {
            Terminal.error(
                "the checkpoint has fewer than \(old) records: the log was rolled back, or it is another log")
            throw ExitCode(1)
        }
        Terminal.write(request.text)
    }
}
