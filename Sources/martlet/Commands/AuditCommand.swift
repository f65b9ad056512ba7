import ArgumentParser
import MartletAudit
import MartletConfiguration
import MartletCore
import MartletJSON
import MartletRecords
import MartletStorage
import MartletTransparency

struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Verifies and reads the audit log, also while the gateway runs.",
        discussion: "Example: martlet audit timeline --config martlet.yaml --agent finance-bot",
        subcommands: [
            Verify.self, TimelineOf.self, Records.self, AuditSearchCommand.self, AuditShowCommand.self,
            AuditTailCommand.self, AuditBlastRadiusCommand.self, AuditWhoCouldCommand.self, AuditIndexCommand.self,
            AuditExportCommand.self, AuditDiscloseCommand.self, AuditEraseCommand.self, AuditHoldCommand.self,
            AuditResolveCommand.self, AuditAlertCommand.self,
            AuditVkeyCommand.self, AuditProofCommand.self, AuditWitnessRequestCommand.self,
            AuditRotateKeyCommand.self, AuditHeadCommand.self, AuditShardsCommand.self, AuditSinksCommand.self,
        ])

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Recomputes the tree, checks checkpoint and tiles, and that the records agree with each other.",
            discussion: """
                Example: martlet audit verify --config martlet.yaml --key "$(cat log.vkey)"
                Every key that records name must be in the vault, or destroyed by an erasure that is on record, and the closed
                log that this one goes on from must be there; martlet audit shards reads all of them.
                Exit code 0: good. 1: damaged, rewritten, rolled back, the records contradict each other, or a key is missing.
                """)
        @OptionGroup var configuration: ConfigurationOption
        @OptionGroup var shard: ShardOption
        @Option(
            help: "The text of the log's verifier key as you hold it; without it the one beside the log is believed.")
        var key: String?
        @Flag(help: "The log alone, without its head and the keys in the vault: for a copy.") var logOnly = false
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let state = try shard.state(configuration)
            var (summary, check, sealed) = try read(state)
            var keys: KeySurvey?
            if !logOnly, !sealed.isEmpty {
                let readers = ReadersKeys(state, for: .survey)
                let logs = LaterLogs(of: state)
                var survey = KeySurvey(
                    sealed, later: try logs.verifiedErasures(), root: readers.root, vault: readers.stored)
                if !survey.findings.isEmpty {
                    // Beside a running gateway something may have been erased since the log was read.
                    (summary, check, sealed) = try read(state)
                    survey = KeySurvey(
                        sealed, later: try logs.verifiedErasures(), root: readers.root, vault: readers.stored)
                }
                keys = survey
            }
            for finding in check.findings {
                Terminal.error("record \(finding.index): \(finding.rule.rawValue): \(finding.text)")
            }
            if check.omitted > 0 { Terminal.error("and \(check.omitted) more") }
            for finding in keys?.findings ?? [] { Terminal.error("record \(finding.index): key \(finding.text)") }
            for text in keys?.unconfirmed ?? [] { Terminal.error("\(text): start the gateway, it finishes it") }
            Terminal.print(json ? asJSON(summary, check, keys) : asText(summary, check, keys))
            if count(check, keys) > 0 { throw ExitCode(1) }
        }

        private func read(_ state: StateDirectory) throws -> (LogSummary, LogCheck, SealedKeys) {
            var (check, sealed, roots) = (LogCheck(), SealedKeys(), StatedRoots())
            var (story, opening) = (ShardStory(), UInt64(0))
            let summary = try LogFiles(state).read(key: key, comparesTiles: true, holdsToHead: !logOnly) { record in
                guard let entry = check.takeStrictly(record.leaf, read: record.document, at: record.index) else {
                    return
                }
                sealed.take(entry)
                story.take(entry)
                if entry.type == .shardOpened { opening = entry.index }
                if let problem = roots.problem(of: entry) { check.find(.heartbeatInPlace, record.index, problem) }
            } ends: { size, root in
                roots.take(size: size, root: root)
            }
            if !logOnly, state.shard == nil, let problem = PreviousLink(state: state, story: story).problem {
                check.find(.shardBegins, opening, problem)
            }
            return (summary, check, sealed)
        }

        private func count(_ check: LogCheck, _ keys: KeySurvey?) -> Int {
            check.findings.count + check.omitted + (keys?.findings.count ?? 0)
        }

        private func asText(_ summary: LogSummary, _ check: LogCheck, _ keys: KeySurvey?) -> String {
            let signed = summary.checkpoint.map { "signed checkpoint at \($0.size)" } ?? "no checkpoint yet"
            let count = count(check, keys)
            let state = count == 0 ? "good" : "\(count) contradictions"
            let rotations = summary.rotations.map { ", key replaced by record \($0.index)" }.joined()
            let head = summary.head.map { ", \($0.text)" } ?? ""
            let sealed = keys.map { ", \($0.kept) keys of sealed values, \($0.destroyed) destroyed by erasure" } ?? ""
            return "\(state): \(summary.size) records in \(summary.segments) segments, root "
                + "\(Hex.encode(summary.root.bytes)), \(signed), \(check.openIntents.count) calls without outcome, "
                + "\(check.openStreams.count) streams without end" + head + rotations + sealed
        }

        private func asJSON(_ summary: LogSummary, _ check: LogCheck, _ keys: KeySurvey?) -> String {
            let count = count(check, keys)
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("good", bool: count == 0)
            writer.member("size", int: Int64(clamping: summary.size))
            writer.member("root", string: Hex.encode(summary.root.bytes))
            if let checkpoint = summary.checkpoint {
                writer.member("checkpoint", int: Int64(clamping: checkpoint.size))
            }
            if let head = summary.head?.size { writer.member("head", int: Int64(clamping: head)) }
            writer.key("rotations")
            writer.beginArray()
            for rotation in summary.rotations { writer.number(rotation.index) }
            writer.endArray()
            writer.member("open_intents", int: Int64(check.openIntents.count))
            writer.member("open_streams", int: Int64(check.openStreams.count))
            writer.member("contradictions", int: Int64(count))
            if let keys {
                writer.member("keys", int: Int64(keys.kept))
                writer.member("keys_erased", int: Int64(keys.destroyed))
            }
            writer.endObject()
            return String(decoding: writer.bytes, as: UTF8.self)
        }
    }

    struct TimelineOf: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "timeline",
            abstract: "Who triggered it, which model, which arguments, what result, was it approved: call by call.",
            discussion: "Example: martlet audit timeline --tool issue_payment --decision deny --config martlet.yaml")
        @OptionGroup var configuration: ConfigurationOption
        @OptionGroup var shard: ShardOption
        @OptionGroup var matter: CaseOption
        @OptionGroup var filter: TimelineOptions
        @Flag(help: "Print JSON, one object a line.") var json = false

        func run() throws {
            let state = try shard.state(configuration)
            let wanted = try filter.filter(state)
            let files = LogFiles(state)
            var timeline = Timeline(for: wanted)
            // Where the sealed values are, not the values: those of one call at a time are enough.
            var places: [UInt64: PayloadPlace] = [:]
            _ = try files.read(key: nil) { record in
                timeline.take(record.leaf, at: record.index)
            } payloads: { place in
                places[place.index] = place
            }
            let later = try LaterLogs(of: state).verifiedErasures()
            let values = SealedValues(keys: ReadersKeys(state).keys(timeline.erasures, later)) {
                places[$0].flatMap(files.payload)
            }
            let items = timeline.items()
            try ReadingRecord(state: state, matter: matter.case).note(
                "timeline", filter: wanted.text(found: items.count), found: items.count,
                opened: items.flatMap(values.opened))
            for item in items {
                Terminal.print(
                    json
                        ? String(decoding: TimelineJSON(values).line(item), as: UTF8.self)
                        : TimelineText(values).text(item))
            }
            ClosedLogs(beside: state).tell(found: items.count, since: wanted.since, until: wanted.until)
            for error in timeline.unreadable { Terminal.error(TimelineText(values).text(error)) }
            if !timeline.unreadable.isEmpty { throw ExitCode(1) }
        }
    }

    struct Records: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The records as they stand, one JSON object a line, with their index.",
            discussion: """
                Example: martlet audit records --type call.denied --config martlet.yaml
                With --encoding they are printed as a sink gives them: json, ocsf or cef.
                """)
        @OptionGroup var configuration: ConfigurationOption
        @OptionGroup var shard: ShardOption
        @OptionGroup var matter: CaseOption
        @Option(help: "Only records of this type, e.g. call.denied.") var type: String?
        @Option(help: "As a sink gives them: json, ocsf or cef.", transform: Self.form) var encoding: RecordEncoding?
        @Flag(help: "Accepted for uniformity: the output is JSON unless --encoding says otherwise.") var json = false

        private static func form(_ text: String) throws -> RecordEncoding {
            if let encoding = RecordEncoding(rawValue: text) { return encoding }
            throw ValidationError("--encoding takes one of: json, ocsf, cef")
        }

        func validate() throws {
            guard let type, RecordType(rawValue: type) == nil else { return }
            let known = RecordType.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--type \(type) is no type of record; use one of: \(known)")
        }

        func run() throws {
            let state = try shard.state(configuration)
            let files = LogFiles(state)
            var (erasures, found) = (Erasures(), 0)
            let summary = try files.read(key: nil) { record in
                if let entry = self.entry(record.record) { erasures.take(entry) }
                if type.map({ isType($0, record.leaf) }) ?? true { found += 1 }
            }
            let later = try LaterLogs(of: state).verifiedErasures()
            let asked = [type.map { "type=\($0)" }, encoding.map { "encoding=\($0.rawValue)" }].compactMap(\.self)
            try ReadingRecord(state: state, matter: matter.case).note(
                "records", filter: asked.joined(separator: " "), found: found)
            let names = ReadersNames(state).reader(erasures, later)
            let origin = summary.checkpoint?.origin ?? ""
            try files.readAgain(summary) { record in
                guard type.map({ isType($0, record.leaf) }) ?? true else { return }
                if let encoding {
                    let record = ExportedRecord(
                        origin: origin, index: record.index, leaf: record.leaf, hash: .leaf(record.leaf))
                    return Terminal.print(String(decoding: encoding.encode(record), as: UTF8.self))
                }
                // The leaf is canonical JSON and one object: index and names go in front of its first member.
                var writer = JSONWriter()
                writer.beginObject()
                writer.member("index", int: record.index)
                if let entry = entry(record) { writer.names(of: entry, names) }
                Terminal.print(
                    String(decoding: writer.bytes + [UInt8(ascii: ",")] + record.leaf.dropFirst(), as: UTF8.self))
            }
        }

        private func entry(_ record: SegmentRecord) -> TimelineEntry? {
            do throws(LeafError) { return try TimelineEntry(leaf: record.leaf, index: record.index) } catch {
                return nil
            }
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

extension KeptHead {
    fileprivate var text: String {
        switch self {
        case .read(let head, _): "head at \(head.checkpoint.size)"
        case .unreadable(let path, let why): "head \(path) not read (\(why))"
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

    func filter(_ state: StateDirectory) throws -> TimelineFilter {
        var filter = TimelineFilter()
        filter.call = try call.map { try parsed($0, "--call") { CallID($0) } }
        filter.agent = agent
        filter.user = user
        if !filter.people.isEmpty {
            filter.pseudonyms = ReadersNames(state).pseudonyms(of: filter.people).mapValues(Set.init)
        }
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
    private let reader: SegmentReader

    init(_ state: StateDirectory) {
        self.state = state
        reader = SegmentReader(directory: state.audit)
    }

    /// Hands out every record, or ends with exit code 1 and what is wrong with the log. Nothing is printed before the
    /// whole log has been verified.
    func read(
        key: String?, comparesTiles: Bool = false, holdsToHead: Bool = false,
        _ visit: ((ParsedRecord) -> Void)? = nil,
        payloads: (PayloadPlace) -> Void = { _ in }, ends: (UInt64, MerkleHash) -> Void = { _, _ in }
    ) throws -> LogSummary {
        try told { () throws(SegmentError) in
            try reader.verify(
                verifierKey: key, comparesTiles: comparesTiles, holdsToHead: holdsToHead, visit: visit,
                payloads: payloads, ends: ends)
        }
    }

    /// Hands out the records of a verified log once more, so that none has to be kept until then.
    func readAgain(_ summary: LogSummary, _ visit: (SegmentRecord) -> Void) throws {
        try told { () throws(SegmentError) in try reader.records(of: summary, visit: visit) }
    }

    /// The sealed values at a place; nil, and a complaint, when they are not there any more.
    func payload(at place: PayloadPlace) -> [UInt8]? {
        do {
            return try reader.payload(at: place)
        } catch {
            Terminal.error("audit log \(state.audit): \(error)")
            return nil
        }
    }

    private func told<Value>(_ body: () throws(SegmentError) -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            Terminal.error("audit log \(state.audit): \(error)")
            if case .file = error { throw ExitCode(2) }
            throw ExitCode(1)
        }
    }
}
