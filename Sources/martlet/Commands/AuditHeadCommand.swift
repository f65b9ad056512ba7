import ArgumentParser
import Glibc
import MartletConfiguration
import MartletCore
import MartletJSON
import MartletStorage
import MartletTransparency

/// `martlet audit head`: what is kept of the log on another path.
struct AuditHeadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "head", abstract: "Shows the head of the log, which is kept on another path, or gives it up.",
        discussion: """
            Example: martlet audit head --config martlet.yaml
            A start is refused when the log is shorter than its head, or another history. When an older copy was put back
            knowingly, with the gateway stopped:
            martlet audit head --accept-rollback --reason "disk lost, backup of Monday" --config martlet.yaml
            The next start records what was given up, by whom and why. Tell who reads the log: their checkpoints are newer.
            Exit code 0: done. 1: the log has no head, or does not fit it. 2: usage, or a file that cannot be read.
            """)
    @OptionGroup var configuration: ConfigurationOption
    @Flag(help: "Have the log go on as it is, although its head says otherwise.") var acceptRollback = false
    @Option(help: "Why, in one line of at most 512 bytes.") var reason: String?
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard acceptRollback == (reason != nil) else {
            throw ValidationError("--accept-rollback and --reason go together")
        }
    }

    func run() throws {
        let loaded = try configuration.load()
        let state = StateDirectory(loaded.location)
        do throws(SegmentError) {
            guard let reason else { return try show(state) }
            state.mayWrite()
            let summary = try SegmentReader(directory: state.audit).verify()
            // Where there is no log yet, one is begun.
            let shard = try LogShards.read(state: state.path).current
            let empty = Checkpoint(origin: shard.origin(Log.origin(loaded)), size: 0, root: .empty)
            let stated = summary.checkpoint ?? empty
            let head = try HeadInspection(directory: state.audit).accept(
                stated, head: HeadPlace(loaded).directory, user: getuid(), reason: reason, now: SystemClock().now())
            tell(head, path: HeadPlace(loaded).directory)
        } catch {
            Terminal.error("audit log \(state.audit): \(error)")
            switch error {
            case .file, .locked, .invalidSettings: throw ExitCode(2)
            default: throw ExitCode(1)
            }
        }
    }

    private func show(_ state: StateDirectory) throws(SegmentError) {
        switch try HeadInspection(directory: state.audit).read() {
        case .read(let head, let path): tell(head, path: path)
        case .unreadable(_, let cause): throw .file(cause)
        case nil:
            Terminal.error("audit log \(state.audit): no head is kept of it")
            Self.exit(withError: ExitCode(1))
        }
    }

    private func tell(_ head: LogHead, path: String) {
        guard json else {
            let given = head.acceptance.map { acceptance in
                ", \(acceptance.abandoned.map { "\($0.size) records" } ?? "an unknown number") given up: "
                    + acceptance.reason
            }
            return Terminal.print(
                "\(head.checkpoint.size) records, root \(Hex.encode(head.checkpoint.root.bytes)), claimed by "
                    + "\(head.run) runs, in \(path)" + (given ?? ""))
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("path", string: path)
        writer.member("size", int: Int64(clamping: head.checkpoint.size))
        writer.member("root", string: Hex.encode(head.checkpoint.root.bytes))
        writer.member("runs", int: Int64(clamping: head.run))
        if let acceptance = head.acceptance {
            writer.member("accepted", string: acceptance.reason)
            if let abandoned = acceptance.abandoned {
                writer.member("abandoned", int: Int64(clamping: abandoned.size))
            }
        }
        writer.endObject()
        Terminal.print(String(decoding: writer.bytes, as: UTF8.self))
    }
}
