import ArgumentParser
import Glibc
import MartletAudit

struct AuditTailCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail", abstract: "The newest records, and with --follow those that come.",
        discussion: """
            Example: martlet audit tail --follow --decision deny --config martlet.yaml
            Exit code 0: also when nothing matches. 1: the log is damaged, or the reading could not be put on record. 2: usage.
            """)
    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var matter: CaseOption
    @OptionGroup var options: SearchOptions
    @Option(help: "So many records to begin with, 0 to 10000.") var limit = 20
    @Flag(help: "Goes on until it is interrupted.") var follow = false
    @Flag(help: "Print JSON, one object a line.") var json = false

    func validate() throws {
        guard (0...10_000).contains(limit) else { throw ValidationError("--limit takes 0 to 10000") }
    }

    func run() throws {
        let state = try configuration.state()
        var filter = try options.filter(state)
        var log = try IndexedLog(state)
        var shown = log.size
        filter.before = shown
        let newest = try log.records(filter, IndexPage(limit: limit, isNewestFirst: true)).reversed()
        let command = follow ? "tail --follow" : "tail"
        let names = try log.keys(opened: false).names
        try ReadingRecord(state: state, matter: matter.case).note(
            command, filter: filter.text(found: newest.count), found: newest.count)
        for record in newest { show(record, names) }
        while follow {
            // The index of a running gateway is behind by less than this.
            usleep(200_000)
            try log.catchUp()
            guard log.size > shown else { continue }
            filter.after = shown > 0 ? shown - 1 : nil
            filter.before = log.size
            for record in try log.records(filter, IndexPage(limit: 100_000)) { show(record, names) }
            shown = log.size
        }
    }

    private func show(_ record: LoggedRecord, _ names: NameReader) {
        let row = record.row.named(by: names)
        Terminal.print(json ? String(decoding: row.json, as: UTF8.self) : row.line)
    }
}
