import ArgumentParser
import MartletAudit
import MartletCore
import MartletJSON
import MartletStorage
import MartletTransparency

/// `martlet audit proof`: what shows, without the log, that a record stands in it.
struct AuditProofCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proof", abstract: "Prints the proof that one record is in the log (C2SP tlog-proof).",
        discussion: """
            Example: martlet audit proof --index 84 --leaf 84.json --config martlet.yaml > 84.tlog-proof
            Then: martlet-verify proof 84.tlog-proof --leaf 84.json --key "$(cat log.vkey)"
            For tools that take COSE: --cose 84.cose; it needs the secret key of the log, so run it as the gateway's user.
            Exit code 0: printed. 1: the checkpoint does not cover that record (yet), or the log contradicts itself. 2: usage,
            or no log.
            """)
    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var shard: ShardOption
    @Option(help: "The record, counted from 0, as martlet audit records shows it.") var index: UInt64
    @Option(help: "Also write the exact bytes of the record to this file; an existing one is replaced.")
    var leaf: String?
    @Option(help: "Also write the proof as a COSE receipt (RFC 9942), signed now, to this file.") var cose: String?
    @Flag(help: "Print JSON with proof and record.") var json = false

    func run() throws {
        let log = PublishedDirectory(try shard.state(configuration))
        let verifier = try log.told { log throws(SegmentError) in try log.verifier() }
        let found = try log.told { log throws(SegmentError) in try log.proof(of: index, verifier) }
        guard let (proof, record) = found else {
            Terminal.error(
                "the checkpoint does not cover record \(index); a new one is covered within a second, later while tiles "
                    + "stay behind")
            throw ExitCode(1)
        }
        var files: [(path: String, bytes: [UInt8])] = []
        if let leaf { files.append((leaf, record)) }
        if let cose {
            files.append((cose, try log.told { log throws(SegmentError) in try log.receipt(proof, verifier) }))
        }
        for file in files where !WholeFile.write(file.bytes, to: file.path) {
            Terminal.error("\(file.path) cannot be written")
            throw ExitCode(2)
        }
        Terminal.write(json ? asJSON(proof, record) : proof.text)
    }

    private func asJSON(_ proof: TlogProof, _ record: [UInt8]) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("index", int: Int64(clamping: proof.index))
        writer.member("leaf_hash", string: Hex.encode(MerkleHash.leaf(record).bytes))
        writer.member("leaf", string: String(decoding: record, as: UTF8.self))
        writer.member("proof", string: proof.text)
        writer.endObject()
        return String(decoding: PrintableText.escaped(json: writer.bytes), as: UTF8.self) + "\n"
    }
}
