import ArgumentParser
import MartletJSON
import MartletTransparency

/// `martlet-verify bundle`
struct BundleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bundle",
        abstract: "Checks an evidence bundle: every file, every record under the signed checkpoint, what is disclosed.",
        discussion: """
            Example: unzip CASE-17.zip && martlet-verify bundle CASE-17 --key "$(cat log.vkey)"
            Take the key from whoever keeps it, not from the bundle. --policy names the witnesses that you trust (C2SP
            tlog-policy): enough of them must have signed. Without it the policy in the bundle is applied, if there is one,
            which shows no more than that the bundle agrees with itself. Tokens of timestamp authorities are held against
            what they are about; their signatures are checked with `openssl ts`. Exit code 0: good. 1: the first fault.
            2: usage, or a directory that is not there.
            """)
    @Argument(help: "The directory that the bundle was unpacked into.") var directory: String
    @OptionGroup var key: KeyOption
    @Option(help: "A file with the witnesses that you trust, and how many must have signed.") var policy: String?
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let verifier = try key.verifier()
        let policy = try policy.map(Self.policy)
        let source = DirectorySource(directory: directory)
        guard source.exists else {
            Output.error("\(directory): there is no such directory")
            throw ExitCode(2)
        }
        do throws(BundleFault) {
            let report = try BundleVerification(source: source, verifier: verifier, policy: policy).run()
            Output.print(json ? asJSON(report) : asText(report))
        } catch {
            if json { Output.print(asJSON(error)) }
            Output.error("\(error)")
            throw ExitCode(1)
        }
    }

    private static func policy(_ path: String) throws -> WitnessPolicy {
        let bytes = try NamedFile.read(path, limit: 1 << 18)
        do throws(WitnessPolicy.Fault) {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw WitnessPolicy.Fault(line: 0, problem: "not UTF-8")
            }
            return try WitnessPolicy(text)
        } catch {
            Output.error("\(path): \(error)")
            throw ExitCode(2)
        }
    }

    private func asText(_ report: BundleReport) -> String {
        "good: \(report.records) records of the \(report.checkpoint.size) of \(report.checkpoint.origin), "
            + "the values of \(report.disclosed) disclosed, \(report.identities) people named, "
            + "\(report.receipts) COSE receipts; " + witnesses(report) + timestamps(report)
            + "timeline, custody and certification are told, not proven: the record of the export names the manifest"
    }

    private func witnesses(_ report: BundleReport) -> String {
        guard let part = report.witnessed else { return "no witness signed; " }
        let names = part.names.joined(separator: ", ")
        let who =
            switch part.policy {
            case .own: "witnesses \(names), enough for your policy, signed"
            case .bundle: "witnesses \(names), enough for the policy in the bundle (compare it with yours), signed"
            case .none: "somebody may have signed (no policy says who)"
            }
        return "\(who) a checkpoint that covers \(part.records) of the records; "
    }

    private func timestamps(_ report: BundleReport) -> String {
        guard report.timestamps.tokens > 0 else { return "no timestamps; " }
        return "\(report.timestamps.tokens) timestamps cover \(report.timestamps.records) of the records, "
            + "if openssl ts accepts them; "
    }

    private func asJSON(_ report: BundleReport) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("good", bool: true)
        writer.member("origin", string: report.checkpoint.origin)
        writer.member("size", int: Int64(clamping: report.checkpoint.size))
        writer.member("root", string: report.checkpoint.root.description)
        writer.member("records", int: Int64(report.records))
        writer.member("disclosed", int: Int64(report.disclosed))
        writer.member("identities", int: Int64(report.identities))
        writer.member("receipts", int: Int64(report.receipts))
        if let part = report.witnessed {
            writer.key("witnessed")
            writer.beginObject()
            writer.member("size", int: Int64(clamping: part.size))
            writer.member("records", int: Int64(part.records))
            writer.member("policy", string: part.policy.rawValue)
            writer.key("witnesses")
            writer.beginArray()
            for name in part.names { writer.string(name) }
            writer.endArray()
            writer.endObject()
        }
        writer.member("timestamps", int: Int64(report.timestamps.tokens))
        writer.member("timestamped_records", int: Int64(report.timestamps.records))
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func asJSON(_ fault: BundleFault) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("good", bool: false)
        writer.member("file", string: fault.file)
        writer.member("fault", string: fault.problem.code)
        writer.member("text", string: fault.description)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
