import ArgumentParser
import Glibc
import MartletAudit

struct AuditTailCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "The newest records, and with --follow those that come, also when the log is closed.",
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
        let number = try LogTail.number(state)
        var filter = try options.filter(state)
        var log = try IndexedLog(state)
        filter.before = log.size
        let newest = try log.records(filter, IndexPage(limit: limit, isNewestFirst: true)).reversed()
        let command = follow ? "tail --follow" : "tail"
        let names = try log.keys(opened: false).names
        try ReadingRecord(state: state, matter: matter.case).note(
            command, filter: filter.text(found: newest.count), found: newest.count)
        for record in newest { show(record, names) }
        guard follow else { return }
        var tail = LogTail(log, number: number, filter: filter)
        while true {
            // The index of a running gateway is behind by less than this.
            usleep(200_000)
            for record in try tail.next() { show(record, names) }
        }
    }

    private func show(_ record: LoggedRecord, _ names: NameReader) {
        let row = record.row.named(by: names)
        Terminal.print(json ? String(decoding: row.json, as: UTF8.self) : row.line)
    }
}
