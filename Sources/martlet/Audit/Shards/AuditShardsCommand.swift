import ArgumentParser
import Glibc
import MartletAudit
import MartletConfiguration
import MartletCore
import MartletJSON
import MartletStorage

/// `martlet audit shards`: the log that grows, the closed ones before it, and the order to close.
struct AuditShardsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shards",
        abstract: "Shows the closed logs and the one that grows, or has the next start close it.",
        discussion: """
            Example: martlet audit shards --config martlet.yaml
            Every closed log is verified whole, with its head, and held against what the next one says of it.
            martlet audit shards --close --reason "end of 2026" --config martlet.yaml, then restart: open approvals end, the log gets
            its last record, and the next one begins with a name and a key of its own. --cancel takes the order back.
            Exit code 0: good, or ordered. 1: a log is damaged, missing or not the one that the next one names. 2: usage, or a file.
            """)
    @OptionGroup var configuration: ConfigurationOption
    @Flag(help: "Have the next start close the log that grows.") var close = false
    @Flag(help: "Take that order back.") var cancel = false
    @Option(help: "Why, in one line of at most 512 bytes: stands in the last record.") var reason: String?
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard close == (reason != nil) else { throw ValidationError("--close and --reason go together") }
        guard !(close && cancel) else { throw ValidationError("--close or --cancel") }
        guard let reason else { return }
        guard (1...512).contains(reason.utf8.count), !reason.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw ValidationError("--reason takes one line of at most 512 bytes")
        }
    }

    func run() throws {
        let loaded = try configuration.load()
        let state = StateDirectory(loaded.location)
        do throws(SegmentError) {
            if cancel { return try takeBack(state) }
            if let reason { return try order(reason, loaded, state) }
            let row = try ShardRow(state: state, base: Log.origin(loaded))
            Terminal.print(json ? row.json : row.text(loaded.audit.retention, now: SystemClock().now()))
            guard row.problems.isEmpty else {
                for problem in row.problems { Terminal.error(problem) }
                Self.exit(withError: ExitCode(1))
            }
        } catch {
            Terminal.error("audit log \(state.audit): \(error)")
            if case .file = error { throw ExitCode(2) }
            throw ExitCode(1)
        }
    }

    private func takeBack(_ state: StateDirectory) throws(SegmentError) {
        try ShardOrderFile(state: state.path).remove()
        Terminal.print(json ? #"{"ordered":false}"# : "no order stands to close the log")
    }

    private func order(_ reason: String, _ loaded: GatewayConfiguration, _ state: StateDirectory) throws(SegmentError) {
        state.mayWrite()
        let shard = try LogShards.read(state: state.path).current
        let origin = shard.origin(Log.origin(loaded))
        try ShardOrderFile(state: state.path).store(ShardOrder(user: getuid(), reason: reason), for: origin)
        Terminal.print(
            json
                ? #"{"ordered":true,"shard":\#(shard.number)}"#
                : "the next start of the gateway closes \(origin) (shard \(shard.number))")
    }
}
