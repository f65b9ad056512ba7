import ArgumentParser
import MartletAudit
import MartletCore

struct AuditShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "The whole story of one call, or one record: every fact with how it is known.",
        discussion: """
            Example: martlet audit show 4711 --config martlet.yaml
            Exit code 0: shown. 1: there is no such call or record. 2: usage.
            """)
    @Argument(help: "The index of a record, or the id of a call.") var name: String
    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var shard: ShardOption
    @OptionGroup var matter: CaseOption
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let state = try shard.state(configuration)
        var log = try IndexedLog(state)
        if let index = UInt64(name) {
            guard let record = try log.record(at: index) else { throw missing(log) }
            guard let call = record.row[.call].flatMap({ CallID($0) }) else { return try show(record, in: &log) }
            return try show(call, in: &log)
        }
        guard let call = CallID(name) else { throw Usage.refused(name, "martlet audit show") }
        try show(call, in: &log)
    }

    private func show(_ call: CallID, in log: inout IndexedLog) throws {
        let values = try log.values()
        guard let report = try CallFile(call).report(&log, values) else { throw missing(log) }
        try ReadingRecord(state: log.state, matter: matter.case).note(
            "show", filter: "call=\(call.rawValue)", found: report.records.count, opened: report.opened)
        for part in report.parts { Terminal.print(json ? part.json(values) : part.text) }
    }

    private func show(_ record: LoggedRecord, in log: inout IndexedLog) throws {
        let reading = ReadingRecord(state: log.state, matter: matter.case)
        let entry: TimelineEntry
        do throws(LeafError) {
            entry = try TimelineEntry(leaf: record.leaf, index: record.index)
        } catch {
            try reading.note("show", filter: "index=\(record.index)", found: 1)
            return Terminal.print(
                json
                    ? String(decoding: record.row.json, as: UTF8.self)
                    : "record \(record.index)  not known: \(PrintableText.escaped(error.reason))")
        }
        let report = EventReport(entry, try log.values())
        try reading.note("show", filter: "index=\(record.index)", found: 1, opened: report.opened)
        Terminal.print(json ? String(decoding: report.json, as: UTF8.self) : report.text)
    }

    private func missing(_ log: IndexedLog) -> ExitCode {
        Terminal.error("not known: no such call or record among \(log.size)")
        ClosedLogs(beside: log.state).tell(found: 0)
        return ExitCode(1)
    }
}
