import MartletApproval
import MartletAudit
import MartletCore
import MartletJSON
import MartletPolicy
import MartletRecords
import MartletTesting
import Testing

/// One gateway's log in memory: a finance agent that may pay with approval and look at invoices without.
struct Fixture {
    let store = MemoryAuditStore()
    let clock = FixedClock()
    let keyStore = MemoryKeyStore()
    let root: RootKey
    let vault: PayloadVault
    let log: AuditLog

    init(seed: UInt64 = 1, key: UInt8 = 7, listed: ListedNames? = nil) throws {
        root = try Self.root(key)
        vault = PayloadVault(root: root, store: keyStore, random: SeededRandom(seed: seed &+ 76))
        let identity = LogIdentity(node: "gw-1", environment: try #require(EnvironmentName("demo")), posture: "pilot")
        log = AuditLog(
            store: store, clock: clock, random: SeededRandom(seed: seed), identity: identity, sealing: vault,
            listed: try listed ?? Self.listed())
    }

    /// Machines: they stand in records by their names.
    static func listed() throws -> ListedNames {
        let agents = try ["finance-bot", "planner", "research-bot"].map {
            DataSubject(issuer: "https://issuer.test", name: try subject($0))
        }
        return ListedNames(agents: Set(agents), issuers: ["https://issuer.test"])
    }

    /// How records name somebody.
    func recorded(_ name: String) async throws -> String {
        try #require(await log.name(of: DataSubject(issuer: "https://issuer.test", name: try Self.subject(name))))
    }

    static func root(_ byte: UInt8 = 7) throws -> RootKey {
        try #require(RootKey(key: Secret(bytes: [UInt8](repeating: byte, count: 32))))
    }

    /// The keys as a reader has them who holds `root`.
    func keys(_ root: RootKey?) -> ReadingKeys {
        let stored = keyStore.keys
        var erasures = Erasures()
        for (index, leaf) in store.leaves.enumerated() {
            do { erasures.take(try TimelineEntry(leaf: leaf, index: UInt64(index))) } catch { continue }
        }
        let names = { [keyStore] (pseudonym: Pseudonym) -> NameReader.Found in
            guard let found = keyStore.disclosure(of: pseudonym) else { return .absent }
            return .known(
                KnownIdentity(
                    name: found.subject.name?.rawValue ?? "", issuer: found.subject.issuer, disclosure: found.text))
        }
        return ReadingKeys(root: root, erasures: erasures, names: names) { id in
            stored.first { $0.id == id }.map(ReadingKeys.Stored.wrapped) ?? .absent
        }
    }

    static func principal(
        agent: String = "finance-bot", user: String? = "alice", actors: [String] = ["planner"]
    ) throws -> Principal {
        Principal(
            agent: try subject(agent), role: try #require(RoleName("finance_executor")), user: try user.map(subject),
            issuer: "https://issuer.test", actors: try actors.map(subject),
            credential: CredentialFacts(
                digest: Digest(of: [1]), tokenID: "jti-1", keyID: "key-1", algorithm: "EdDSA",
                expires: UnixTime(seconds: 1_795_377_600)))
    }

    static func subject(_ name: String) throws -> SubjectID { try #require(SubjectID(name)) }
    static func upstream() throws -> UpstreamID { try #require(UpstreamID("erp")) }

    static let payment = #"{"amount":250.00,"currency":"EUR","vendor_id":"V-100"}"#
    static let model = ModelAttribution(
        assurance: .asserted, name: "claude-opus-5", source: #"_meta["io.modelcontextprotocol/aiInvocation"].model"#)

    static func call(
        _ number: UInt64 = 1, tool: String = "read_invoice", arguments: String? = payment,
        model: ModelAttribution = model, by principal: Principal? = nil
    ) throws -> ToolCall {
        let value = try arguments.map { try JSONValue.parse(Array($0.utf8), limits: .response) }
        let canonical = try value?.canonical() ?? Array("{}".utf8)
        return ToolCall(
            id: id(number), principal: try principal ?? self.principal(), upstream: try upstream(),
            tool: try #require(ToolName(tool)), arguments: value, argumentDigest: Digest(of: canonical),
            bodyDigest: Digest(of: [UInt8](canonical.reversed())), model: model,
            received: UnixTime(seconds: 1_795_374_000))
    }

    static func id(_ number: UInt64) -> CallID {
        CallID(time: UnixTime(seconds: 1_795_374_000), random: RandomBits(high: number, low: number))
    }

    static func context() -> CallContext {
        CallContext(
            sourceAddress: "127.0.0.1", protocolVersion: "2026-07-28", transport: "http", clientName: "claude-code",
            clientVersion: "3.1", traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            toolDigest: Digest(of: [2]))
    }

    static func stream(_ number: UInt64 = 30) throws -> StreamFacts {
        StreamFacts(
            id: id(number), principal: try principal(), upstreams: [try upstream()], method: "GET",
            session: Digest(of: [7]), lists: ["tools"], resources: ["erp://a"],
            refused: ["erp://secret"], context: context())
    }

    static func engine() throws -> PolicyEngine {
        let role = try #require(RoleName("finance_executor"))
        let approval = ApprovalRule(
            approvers: [try subject("olivia"), try subject("oscar"), try subject("alice")], quorum: 1,
            ttl: Seconds(900))
        func grant(_ tool: String, _ rule: ApprovalRule?) throws -> Grant {
            Grant(
                id: try #require(GrantID("grant.\(tool)")),
                target: GrantTarget(role: role, upstream: try upstream(), tool: try #require(ToolName(tool))),
                expires: UnixTime(seconds: 1_900_000_000), owner: nil, constraints: [], isClosed: false, approval: rule)
        }
        return PolicyEngine(grants: [try grant("read_invoice", nil), try grant("issue_payment", approval)])
    }

    func authorized(_ call: ToolCall, approval: ApprovalFact? = nil) throws -> AuthorizedCall {
        guard case .permit(let authorized) = try Self.engine().decide(call, approval: approval, now: clock.now()) else {
            throw Refused()
        }
        return authorized
    }

    struct Refused: Error {}

    static let draft = ResponseDraft(status: 200, headers: [("content-type", "application/json")], body: [0x7B, 0x7D])

    /// Writes intent and outcome of a call that needs no approval.
    @discardableResult
    func complete(_ call: ToolCall, result: String? = #"{"content":[],"isError":false}"#) async throws -> IntentReceipt
    {
        let recorded = try await log.recordIntent(try authorized(call), context: Self.context())
        let intent = recorded.intent
        clock.advance(by: Seconds(1))
        _ = try await log.recordOutcome(of: intent, try Self.ended(result: result), answering: Self.draft)
        return intent
    }

    static func ended(_ outcome: CallOutcome = .ok, result: String? = nil) throws -> OutcomeFacts {
        OutcomeFacts(
            outcome, latencyMicroseconds: 12_345, resultBytes: result?.utf8.count ?? 0,
            result: try result.map { try JSONValue.parse(Array($0.utf8), limits: .response) })
    }

    /// The whole story of an approved payment: the refused attempt, the ticket, the ruling, the call.
    @discardableResult
    func approvedPayment(by approver: String = "olivia") async throws -> ApprovalRequest {
        let first = try Self.call(1, tool: "issue_payment")
        var request = try await requested(first)
        clock.advance(by: Seconds(30))
        let person = Approver(
            subject: try Self.subject(approver), issuer: "https://issuer.test", credential: Digest(of: [3]))
        try request.apply(.rule(.approve, person, at: clock.now()))
        let event = try #require(GatewayEvent(settled: request, through: ApprovalChannel("cli", comment: "fine")))
        let leaf = try await log.recordEvent(event)
        clock.advance(by: Seconds(14))
        let fact = ApprovalFact(
            id: request.ticket.rawValue, approvers: [person.subject], issuer: person.issuer, grantedAt: clock.now(),
            expires: request.expires, bindingDigest: request.binding, leaf: leaf)
        let retry = try Self.call(2, tool: "issue_payment")
        let recorded = try await log.recordIntent(try authorized(retry, approval: fact), context: Self.context())
        let intent = recorded.intent
        _ = try await log.recordOutcome(
            of: intent, try Self.ended(result: #"{"content":[{"type":"text","text":"paid"}]}"#), answering: Self.draft)
        return request
    }

    /// Denies `call` with a fresh ticket, and records its opening.
    func requested(_ call: ToolCall) async throws -> ApprovalRequest {
        let engine = try Self.engine()
        guard case .approvalRequired(let requirement) = engine.decide(call, approval: nil, now: clock.now()) else {
            throw Refused()
        }
        let request = try Self.request(call, requirement, engine.digest, opened: clock.now())
        _ = try await log.recordEvent(.approvalRequested(request, call: call.id))
        let denial = DenialFacts(
            call, stage: .approval, reason: DenialFacts.approvalRequired, grant: requirement.grant.rawValue,
            policyDigest: engine.digest, approval: request.ticket.rawValue, context: Self.context())
        _ = await log.recordDenial(denial, answering: Self.draft)
        return request
    }

    static func request(
        _ call: ToolCall, _ requirement: ApprovalRequirement, _ policy: Digest, opened: UnixTime
    ) throws -> ApprovalRequest {
        let caller = call.principal
        let arguments = String(decoding: try call.arguments?.canonical() ?? Array("{}".utf8), as: UTF8.self)
        return ApprovalRequest(
            ticket: TicketID(random: SeededRandom(seed: 9)), binding: requirement.bindingDigest,
            subject: ApprovalSubject(
                agent: caller.agent, role: caller.role, user: caller.user, actors: caller.actors,
                issuer: caller.issuer, upstream: call.upstream,
                tool: try #require(call.subject.tool), arguments: arguments,
                argumentDigest: call.argumentDigest, grant: requirement.grant, policyDigest: policy),
            approvers: Set(requirement.approvers), opened: opened, expires: opened.advanced(by: requirement.ttl))
    }

    // MARK: Reading back

    /// The leaves as a release before ADR-0032 wrote them: with the names of people.
    func leavesInClear() async throws -> [[UInt8]] {
        let (alice, olivia) = (try await recorded("alice"), try await recorded("olivia"))
        return store.leaves.map { edited(edited($0, alice, "alice"), olivia, "olivia") }
    }

    func entries() throws -> [TimelineEntry] {
        try store.leaves.enumerated().map { try TimelineEntry(leaf: $0.element, index: UInt64($0.offset)) }
    }

    func types() throws -> [RecordType] { try entries().map(\.type) }

    var timeline: Timeline { timeline(for: TimelineFilter()) }

    func timeline(for filter: TimelineFilter) -> Timeline {
        var timeline = Timeline(for: filter)
        for (index, leaf) in store.leaves.enumerated() { timeline.take(leaf, at: UInt64(index)) }
        return timeline
    }

    func values(withKey: Bool = true) -> SealedValues {
        let entries = store.entries
        return SealedValues(keys: keys(withKey ? root : nil)) { entries[Int($0)].payload }
    }

    func story(_ number: UInt64) throws -> CallStory {
        var filter = TimelineFilter()
        filter.call = Self.id(number)
        for item in timeline(for: filter).items() {
            if case .call(let story) = item { return story }
        }
        throw Refused()
    }

    func findings(_ leaves: [[UInt8]]? = nil) -> [LogFinding] {
        var check = LogCheck()
        for (index, leaf) in (leaves ?? store.leaves).enumerated() { check.takeStrictly(leaf, at: UInt64(index)) }
        return check.findings
    }
}
