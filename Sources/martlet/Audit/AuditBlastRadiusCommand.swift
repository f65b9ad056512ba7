import ArgumentParser
import MartletAudit
import MartletCore
import MartletJSON

struct AuditBlastRadiusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "blast-radius", abstract: "Everything a leaked credential, an agent or a grant did or tried.",
        discussion: """
            Example: martlet audit blast-radius --credential sha256:… --since 2026-11-22 --config martlet.yaml
            Exit code 0: something is on record. 1: nothing. 2: usage.
            """)
    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var shard: ShardOption
    @OptionGroup var matter: CaseOption
    @Option(help: "A credential: its digest (sha256:…) or its token id.") var credential: String?
    @Option(help: "An agent.") var agent: String?
    @Option(help: "A grant, by its id.") var grant: String?
    @OptionGroup var period: PeriodOptions
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard [credential, agent, grant].compactMap({ $0 }).count == 1 else {
            throw ValidationError("name one of --credential, --agent and --grant")
        }
    }

    func run() throws {
        let state = try shard.state(configuration)
        var filter = IndexFilter()
        filter.credential = credential
        (filter.equal[.agent], filter.equal[.grant]) = (agent, grant)
        filter.pseudonyms = ReadersNames(state).pseudonyms(of: filter.people)
        try period.apply(to: &filter)
        var log = try IndexedLog(state)
        var account = BlastAccount(of: filter, agent: agent, size: log.size)
        try account.gather(&log)
        let name = filter.text(found: account.radius.count)
        try ReadingRecord(state: state, matter: matter.case).note(
            "blast-radius", filter: name, found: account.radius.count, opened: account.opened)
        // Whatever was found: half of a radius would mislead.
        ClosedLogs(beside: state).tell(found: 0, since: filter.since, until: filter.until)
        let radius = account.radius
        guard !radius.isEmpty || !radius.revocations.isEmpty else {
            Terminal.error("nothing is on record: \(PrintableText.escaped(name))")
            throw ExitCode(1)
        }
        Terminal.print(json ? String(decoding: radius.json(name), as: UTF8.self) : radius.text(name))
    }
}

/// Adds up what the log has about one credential, agent or grant, page by page.
struct BlastAccount {
    private(set) var radius = BlastRadius()
    /// The records whose arguments were opened for their amounts.
    private(set) var opened: [UInt64] = []
    private let filter: IndexFilter
    private let agent: String?
    private let size: UInt64

    init(of filter: IndexFilter, agent: String?, size: UInt64) {
        self.filter = filter
        self.agent = agent
        self.size = size
    }

    mutating func gather(_ log: inout IndexedLog) throws {
        let authority = try log.authority(before: size)
        let values = try log.values()
        try revocations(&log)
        var page = filter
        // What is added while this runs, the record of this very reading too, does not count.
        page.before = size
        while true {
            let records = try log.records(page, IndexPage(limit: 1000))
            for record in records { try take(record, &log, authority, values) }
            guard let last = records.last, records.count == 1000 else { break }
            page.after = last.index
        }
        try failedLogins(&log)
    }

    private mutating func take(
        _ record: LoggedRecord, _ log: inout IndexedLog, _ authority: AuthorityState?, _ values: SealedValues
    ) throws {
        guard record.row[.type] != RecordType.credentialRevoked.rawValue else { return }
        let mayHaveRun = record.entry?.document.member("derived")?.member("may_have_run")?.bool ?? false
        radius.take(record.row.named(by: values.names), mayHaveRun: mayHaveRun)
        guard mayHaveRun, let upstream = record.row[.upstream], let tool = record.row[.tool],
            let place = authority?.amount(of: tool, on: upstream), let intent = record.row.intent,
            let opening = try log.record(at: intent)?.entry
        else { return }
        guard let arguments = values.arguments(of: opening) else {
            return radius.take(amount: nil, currency: nil, of: record.row)
        }
        opened.append(intent)
        let value = arguments.value(at: place.value)
        let amount = (value?.numberText ?? value?.string).flatMap { Decimal($0) }
        radius.take(
            amount: amount, currency: place.currency.flatMap { arguments.value(at: $0)?.string }, of: record.row)
    }

    private mutating func revocations(_ log: inout IndexedLog) throws {
        let found = try log.all { revoked in
            revoked.credential = filter.credential
            revoked.equal[.type] = RecordType.credentialRevoked.rawValue
            revoked.equal[.target] = agent
            revoked.pseudonyms = filter.pseudonyms
        }
        guard filter.credential != nil || agent != nil else { return }
        for record in found { radius.take(revocation: record.row) }
    }

    /// A refused login names no credential: whether it was this one is not known.
    private mutating func failedLogins(_ log: inout IndexedLog) throws {
        let failed = try log.all { failed in
            failed.equal[.type] = RecordType.authenticationFailed.rawValue
            (failed.since, failed.until, failed.before) = (filter.since, filter.until, size)
        }
        for record in failed {
            let count = record.entry?.document.member("observed")?.member("count")?.integer ?? 1
            radius.take(failedLogins: Int(clamping: count), reason: record.row[.status] ?? "?")
        }
    }
}
