import ArgumentParser
import MartletAudit
import MartletConfiguration
import MartletCore
import MartletJSON
import MartletStorage
import MartletTransparency

struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Verifies and reads the audit log, also while the gateway runs.",
        discussion: "Example: martlet audit timeline --config martlet.yaml --agent finance-bot",
        subcommands: [Verify.self, TimelineOf.self, Records.self])

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Recomputes the tree, checks the signed checkpoint and that the records agree with each other.",
            discussion: "Exit code 0: good. 1: damaged, rewritten, rolled back, or the records contradict each other.")
        @OptionGroup var configuration: ConfigurationOption
        @Option(
            help: "The text of the log's verifier key as you hold it; without it the one beside the log is believed.")
        var key: String?
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let state = try configuration.state()
            var check = LogCheck()
            let summary = try LogFiles(state).read(key: key) { check.take($0.leaf, at: $0.index) }
            for finding in check.findings {
                Terminal.error("record \(finding.index): \(finding.rule.rawValue): \(finding.text)")
            }
            Terminal.print(json ? asJSON(summary, check) : asText(summary, check))
            if !check.findings.isEmpty { throw ExitCode(1) }
        }

        private func asText(_ summary: LogSummary, _ check: LogCheck) -> String {
            let signed = summary.checkpoint.map { "signed checkpoint at \($0.size)" } ?? "no checkpoint yet"
            let state = check.findings.isEmpty ? "good" : "\(check.findings.count) contradictions"
            return "\(state): \(summary.size) records in \(summary.segments) segments, root "
                + "\(Hex.encode(summary.root.bytes)), \(signed), \(check.openIntents.open.count) calls without outcome"
        }

        private func asJSON(_ summary: LogSummary, _ check: LogCheck) -> String {
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("good", bool: check.findings.isEmpty)
            writer.member("size", int: Int64(clamping: summary.size))
            writer.member("root", string: Hex.encode(summary.root.bytes))
            if let checkpoint = summary.checkpoint {
                writer.member("checkpoint", int: Int64(clamping: checkpoint.size))
            }
            writer.member("open_intents", int: Int64(check.openIntents.open.count))
            writer.member("contradictions", int: Int64(check.findings.count))
            writer.endObject()
            return String(decoding: writer.bytes, as: UTF8.self)
        }
    }

    struct TimelineOf: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "timeline",
            abstract: "Who triggered it, which model, which arguments, what result, was it approved: call by call.")
        @OptionGroup var configuration: ConfigurationOption
        @OptionGroup var filter: TimelineOptions
        @Flag(help: "Print JSON, one object a line.") var json = false

        func run() throws {
            let state = try configuration.state()
            let wanted = try filter.filter()
            var timeline = Timeline()
            var payloads: [UInt64: [UInt8]] = [:]
            _ = try LogFiles(state).read(key: nil) { record in
                timeline.take(record.leaf, at: record.index)
                if let payload = record.payload { payloads[record.index] = payload }
            }
            let values = SealedValues(sealer: LogFiles(state).sealer()) { payloads[$0] }
            for item in timeline.items(wanted) {
                Terminal.print(
                    json
                        ? String(decoding: TimelineJSON(values).line(item), as: UTF8.self)
                        : TimelineText(values).text(item))
            }
            for error in timeline.unreadable { Terminal.error(TimelineText(values).text(error)) }
            if !timeline.unreadable.isEmpty { throw ExitCode(1) }
        }
    }

    struct Records: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The records as they stand, one JSON object a line, with their index.")
        @OptionGroup var configuration: ConfigurationOption
        @Option(help: "Only records of this type, e.g. call.denied.") var type: String?
        @Flag(help: "Accepted for uniformity: the output is always JSON.") var json = false

        func run() throws {
            let state = try configuration.state()
            var lines: [[UInt8]] = []
            _ = try LogFiles(state).read(key: nil) { record in
                // The leaf is canonical JSON and one object: the index goes in front of its first member.
                let index = Array("{\"index\":\(record.index),".utf8)
                if type.map({ isType($0, record.leaf) }) ?? true { lines.append(index + record.leaf.dropFirst()) }
            }
            for line in lines { Terminal.print(String(decoding: line, as: UTF8.self)) }
        }

        private func isType(_ type: String, _ leaf: [UInt8]) -> Bool {
            do {
                return try JSONValue.parse(leaf).member("type")?.string == type
            } catch {
                return false
            }
        }
    }
}

/// `--call`, `--agent`, `--user`, `--tool`, `--decision`, `--since`, `--until`.
struct TimelineOptions: ParsableArguments {
    @Option(help: "One call, by its id.") var call: String?
    @Option(help: "Calls of this agent.") var agent: String?
    @Option(help: "Calls for this user.") var user: String?
    @Option(help: "Calls of this tool.") var tool: String?
    @Option(help: "permit, deny or approval_required.") var decision: String?
    @Option(help: "From this moment: 2026-11-22 or 2026-11-22T19:00:00Z.") var since: String?
    @Option(help: "Up to and without this moment.") var until: String?

    func filter() throws -> TimelineFilter {
        var filter = TimelineFilter()
        filter.call = try call.map { try parsed($0, "--call") { CallID($0) } }
        filter.agent = agent
        filter.user = user
        filter.tool = tool
        filter.decision = try decision.map {
            try parsed($0, "--decision") { ["permit", "deny", "approval_required"].contains($0) ? $0 : nil }
        }
        filter.since = try since.map { try parsed($0, "--since") { UnixTime(rfc3339: $0) } }
        filter.until = try until.map { try parsed($0, "--until") { UnixTime(rfc3339: $0) } }
        return filter
    }

    private func parsed<Value>(_ text: String, _ option: String, _ read: (String) -> Value?) throws -> Value {
        guard let value = read(text) else {
            Terminal.error("\(option) \(text) cannot be understood; see martlet audit timeline --help")
            throw ExitCode(2)
        }
        return value
    }
}

/// The log of a state directory, for reading.
struct LogFiles {
    private let state: StateDirectory
    init(_ state: StateDirectory) { self.state = state }

    /// Hands out every record, or ends with exit code 1 and what is wrong with the log. Nothing is printed before the
    /// whole log has been verified.
    func read(key: String?, _ visit: (SegmentRecord) -> Void) throws -> LogSummary {
        do {
            return try SegmentReader(directory: state.audit).verify(verifierKey: key, visit: visit)
        } catch {
            Terminal.error("audit log \(state.audit): \(error)")
            if case .file = error { throw ExitCode(2) }
            throw ExitCode(1)
        }
    }

    /// The key of the sealed values; nil for somebody who may read the log and not the arguments.
    func sealer() -> PayloadSealer? {
        do {
            return try StateKeys.readersSealer(state)
        } catch {
            Terminal.error("arguments and results stay sealed: \(error)")
            return nil
        }
    }
}
