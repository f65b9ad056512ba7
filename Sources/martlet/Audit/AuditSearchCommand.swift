import ArgumentParser
import MartletAudit

struct AuditSearchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Finds records by who, what, how it was decided and how it ended.",
        discussion: """
            Example: martlet audit search --agent finance-bot --status timeout --config martlet.yaml
            Example: martlet audit search --argument /vendor_id=V-100 --tool issue_payment --config martlet.yaml
            Arguments are found at the places that the tool declares under `search`; what is found was opened to be sure.
            Exit code 0: something was found. 1: nothing, or the log is damaged, or the reading could not be put on record.
            2: a filter or file cannot be used.
            """)
    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var shard: ShardOption
    @OptionGroup var matter: CaseOption
    @OptionGroup var options: SearchOptions
    @Option(
        name: .customLong("argument"),
        help:
            "A declared place and its value, e.g. /vendor_id=V-100, or =- for a line of standard input. Up to four times: all must hold."
    )
    var arguments: [String] = []
    @Option(help: "Records behind this index: the last one of the page before.") var after: UInt64?
    @Option(help: "Records before this index; the last one of the page before with --newest.") var before: UInt64?
    @Option(help: "At most so many records, 1 to 10000.") var limit = 100
    @Flag(help: "The newest first.") var newest = false
    @Flag(help: "Print JSON, one object a line.") var json = false

    func validate() throws {
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit takes 1 to 10000") }
        guard arguments.count <= 4 else { throw ValidationError("--argument can be given up to four times") }
    }

    func run() throws {
        let state = try shard.state(configuration)
        var filter = try options.filter(state)
        filter.after = after
        filter.before = before
        let search = try ArgumentSearch(arguments, configuration, state)
        var log = try IndexedLog(state)
        if let search { try search.prepare(&log, &filter) }
        // One more than is shown says whether there is another page.
        let found = try log.records(filter, IndexPage(limit: limit + 1, isNewestFirst: newest))
        let keys = try search.map { try log.keys(of: $0.readers) } ?? log.keys(opened: false)
        let (page, opened) =
            try search?.confirmed(found.prefix(limit), filter, log, log.values(keys)) ?? (
                Array(found.prefix(limit)), []
            )
        try ReadingRecord(state: state, matter: matter.case).note(
            "search", filter: filter.text(found: page.count), found: page.count, opened: opened)
        for record in page {
            let row = record.row.named(by: keys.names)
            let gone = record.entry?.sealedKey.flatMap { keys.absence(of: $0) }
            Terminal.print(
                json
                    ? String(decoding: row.json(keyGone: gone), as: UTF8.self)
                    : row.line + (gone.map { "  sealed, \($0)" } ?? ""))
        }
        if found.count > limit, let last = found.prefix(limit).last {
            Terminal.error("there are more: --\(newest ? "before" : "after") \(last.index)")
        }
        ClosedLogs(beside: state).tell(found: page.count, since: filter.since, until: filter.until)
        if page.isEmpty {
            Terminal.error("nothing in \(log.size) records")
            throw ExitCode(1)
        }
    }
}
