import ArgumentParser
import MartletAudit
import MartletCore
import MartletJSON
import MartletStorage

struct AuditWhoCouldCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "who-could", abstract: "Who could have called a tool, by the grants in force at some moment.",
        discussion: """
            Example: martlet audit who-could --tool issue_payment --at 2026-11-22T19:00:00Z --config martlet.yaml
            Exit code 0: somebody could. 1: nobody, or the log does not say, or the question could not be put on record.
            2: usage, or no log.
            """)
    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var shard: ShardOption
    @OptionGroup var matter: CaseOption
    @Option(help: "The tool; `prompt NAME` and `resource URI` for the others.") var tool: String
    @Option(help: "One upstream; without it all.") var upstream: String?
    @Option(help: "As of this record, or this moment; without it as of now, or the end of a closed log.") var at:
        String?
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let state = try shard.state(configuration)
        try SearchOptions.check(tool: tool, "martlet audit who-could")
        var log = try IndexedLog(state)
        let moment = try moment(&log)
        let asked = ["tool=\(tool)", upstream.map { "upstream=\($0)" }, "at=\(moment.text)"].compactMap { $0 }
        let authority = try log.authority(before: moment.before)
        let revoked = try [RecordType.shardCarried, .credentialRevoked].flatMap { type in
            try log.all { filter in
                filter.equal[.type] = type.rawValue
                filter.before = moment.before
            }.compactMap(\.entry).flatMap(Withdrawal.told)
        }
        let reading = ReadingRecord(state: state, matter: matter.case)
        guard let authority else {
            try reading.note("who-could", filter: asked.joined(separator: " "), found: 0)
            Terminal.error("not known: the log states no grants before that moment")
            ClosedLogs(beside: state).tell(found: 0, until: moment.time)
            throw ExitCode(1)
        }
        let answer = authority.answer(tool: tool, upstream: upstream, at: moment.time, revoked: revoked)
            .named(by: try log.keys(opened: false).names)
        try reading.note("who-could", filter: asked.joined(separator: " "), found: answer.could.count)
        Terminal.print(json ? asJSON(answer, authority, moment) : asText(answer, authority, moment))
        if answer.could.isEmpty { throw ExitCode(1) }
    }

    private struct Moment {
        let time: UnixTime
        /// The first index that does not count.
        let before: UInt64
        let text: String
    }

    private func moment(_ log: inout IndexedLog) throws -> Moment {
        guard let at else { return try end(&log) }
        if let index = UInt64(at) {
            guard let time = try log.record(at: index)?.row.time else {
                Terminal.error("not known: no record \(index) that can be read among \(log.size)")
                throw ExitCode(1)
            }
            return Moment(time: time, before: index + 1, text: "record \(index), \(time.rfc3339)")
        }
        guard let time = UnixTime(rfc3339: at) else { throw Usage.refused("--at \(at)", "martlet audit who-could") }
        var filter = IndexFilter()
        filter.until = UnixTime(microseconds: time.microseconds + 1)
        let last = try log.records(filter, IndexPage(limit: 1, isNewestFirst: true)).first
        return Moment(time: time, before: (last?.index).map { $0 + 1 } ?? 0, text: time.rfc3339)
    }

    /// Of a closed log: its last record.
    private func end(_ log: inout IndexedLog) throws -> Moment {
        guard let shard = log.state.shard else {
            return Moment(time: SystemClock().now(), before: log.size, text: "now")
        }
        guard log.size > 0, let time = try log.record(at: log.size - 1)?.row.time else {
            Terminal.error("not known: the last record of shard \(shard.number) cannot be read")
            throw ExitCode(1)
        }
        return Moment(time: time, before: log.size, text: "the end of shard \(shard.number), \(time.rfc3339)")
    }

    private func asText(_ answer: AuthorityAnswer, _ authority: AuthorityState, _ moment: Moment) -> String {
        let records = authority.records.map(String.init).joined(separator: ", ")
        return "as of \(moment.text)  [derived: grants of record \(records), \(authority.set)]\n" + answer.text
    }

    private func asJSON(_ answer: AuthorityAnswer, _ authority: AuthorityState, _ moment: Moment) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("at", string: moment.time.rfc3339)
        writer.member("set", string: authority.set)
        writer.key("records")
        writer.beginArray()
        for index in authority.records { writer.number(index) }
        writer.endArray()
        answer.write(to: &writer)
        writer.endObject()
        return String(decoding: PrintableText.escaped(json: writer.bytes), as: UTF8.self)
    }
}
