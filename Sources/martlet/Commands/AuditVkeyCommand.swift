import ArgumentParser
import MartletJSON
import MartletStorage
import MartletTransparency

/// `martlet audit vkey`: the public key of the log, for whoever checks it.
struct AuditVkeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vkey", abstract: "Prints the key that verifies the checkpoints of the log.",
        discussion: """
            Example: martlet audit vkey --config martlet.yaml > log.vkey
            Keep it where whoever can change the log cannot: with it, martlet-verify and other tools check copies of the log.
            Exit code 0: printed. 1: it did not sign the checkpoint beside it. 2: there is no log.
            """)
    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var shard: ShardOption
    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "Print the key alone as PEM, for tools that take COSE receipts.") var pem = false

    func run() throws {
        let log = PublishedDirectory(try shard.state(configuration))
        let verifier = try log.told { log throws(SegmentError) in try log.verifier() }
        let checkpoint = try log.told { log throws(SegmentError) in try log.checkpoint(verifier).checkpoint }
        guard !pem else { return Terminal.write(verifier.pem) }
        guard json else { return Terminal.print(verifier.verifierKey) }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("origin", string: verifier.name)
        writer.member("vkey", string: verifier.verifierKey)
        writer.member("checkpoint", int: Int64(clamping: checkpoint.size))
        writer.endObject()
        Terminal.print(String(decoding: writer.bytes, as: UTF8.self))
    }
}

/// The log of a state directory as outsiders have it, with exit codes for what is wrong with it.
struct PublishedDirectory {
    private let path: String
    private let log: PublishedLog

    init(_ state: StateDirectory) {
        path = state.audit
        log = PublishedLog(directory: state.audit, keys: state.keys)
    }

    /// Exit code 1 for a log that contradicts itself, 2 for one that is not there or cannot be read.
    func told<Value>(_ body: (PublishedLog) throws(SegmentError) -> Value) throws -> Value {
        do {
            return try body(log)
        } catch {
            Terminal.error("audit log \(path): \(error)")
            switch error {
            case .file, .missing: throw ExitCode(2)
            default: throw ExitCode(1)
            }
        }
    }
}
