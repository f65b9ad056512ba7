import MartletAudit
import MartletAuthn
import MartletCore
import MartletEgress
import MartletMCP
import MartletPolicy
import MartletTesting
import Synchronization
import Testing

@testable import MartletGateway

/// The standing streams of one gateway, with an upstream, a clock and an alarm that do what the test says.
struct StandingFixture {
    let log: StreamFixture
    let clock = FixedClock()
    let alarm = TestAlarm()
    let upstream: TestUpstream
    /// A second one, for the route of all upstreams.
    let other: TestUpstream
    let authenticator: Authenticator
    let sessions: SessionTable
    let streams: StandingStreams
    let policy: PolicyEngine

    static let now = UnixTime(seconds: 1_795_374_000)

    init(limits: StandingStreams.Limits = .init(), grantEnds: UnixTime = now.advanced(by: Seconds(1000))) throws {
        log = try StreamFixture()
        upstream = TestUpstream(try #require(UpstreamID("erp")))
        other = TestUpstream(try #require(UpstreamID("crm")))
        authenticator = try TokenIssuer(agents: [:]).authenticator()
        sessions = SessionTable(capacity: 10, idle: Seconds(60), random: SeededRandom(seed: 3))
        let role = try #require(RoleName("clerk"))
        func grant(_ id: String, on upstream: UpstreamID, until end: UnixTime) throws -> Grant {
            Grant(
                id: try #require(GrantID(id)),
                target: GrantTarget(role: role, upstream: upstream, subject: .resource(try Self.uri("a"))),
                expires: end, owner: nil, constraints: [], isClosed: false, approval: nil)
        }
        policy = PolicyEngine(grants: [
            try grant("g", on: upstream.id, until: grantEnds),
            try grant("h", on: other.id, until: Self.now.advanced(by: Seconds(5000))),
        ])
        streams = StandingStreams(
            limits: limits, policy: policy, sessions: sessions, upstreams: UpstreamDirectory([upstream, other]),
            authenticator: authenticator, clock: clock, alarm: alarm.alarm)
    }

    static func uri(_ name: String) throws -> ResourceURI { try #require(ResourceURI("shelf://\(name)")) }

    static func principal(_ agent: String, tokenLasts seconds: Int64 = 10_000) throws -> Principal {
        Principal(
            agent: try #require(SubjectID(agent)), role: try #require(RoleName("clerk")), user: nil,
            issuer: "urn:martlet:test", actors: [],
            credential: CredentialFacts(
                digest: Digest(of: Array(agent.utf8)), tokenID: nil, keyID: nil, algorithm: "EdDSA",
                expires: now.advanced(by: Seconds(seconds))))
    }

    /// Opens a stream as `ListenPipeline` does; the wire keeps what is sent.
    func open(
        _ principal: Principal, _ filter: ListenFilter, session: String? = nil, number: UInt64 = 1
    ) async throws -> (StandingLine, StandingWire) {
        try await open(principal, StreamFilter(.verbatim, [upstream.id: filter]), session: session, number: number)
    }

    func open(
        _ principal: Principal, _ filter: StreamFilter, session: String? = nil, number: UInt64 = 1,
        recordFirst: @escaping @Sendable (TaskChange, UpstreamID, StandingLine) -> Void = { $2.skip() }
    ) async throws -> (StandingLine, StandingWire) {
        let wire = StandingWire()
        let facts = StreamFacts(
            id: CallID(time: Self.now, random: RandomBits(high: number, low: number)), principal: principal,
            upstreams: filter.upstreams, method: "subscriptions/listen", session: nil,
            lists: filter.lists.map(\.rawValue), resources: filter.resources, refused: [],
            context: CallContext(sourceAddress: "127.0.0.1", protocolVersion: "2026-07-28", transport: "http"))
        let stream = try await log.audit.openStanding(facts, head: ResponseDraft(status: 200)) { wire.write($0) }
        let (policy, clock) = (policy, clock)
        let line = StandingLine(
            stream, session: session, subscription: session == nil ? .string("s") : nil, filter: filter,
            permits: { heard in
                guard case .updated(let uri) = heard.change, let id = heard.upstream else { return true }
                return policy.isVisible(.resource(uri), to: principal, upstream: id, now: clock.now())
            }, recordFirst: recordFirst)
        wire.wrote = { [weak line] in line?.wrote() }
        #expect(streams.reserve(CallerKey(principal), filter))
        line.begin(await streams.enter(line))
        return (line, wire)
    }

    /// The reasons of the closings that are on record.
    func closings() async -> [String] {
        await log.audit.flushCoalesced(now: clock.now())
        return log.store.leaves.map { String(decoding: $0, as: UTF8.self) }.filter { $0.contains("stream.closed") }
            .compactMap { leaf in
                leaf.firstRange(of: #""reason":""#).map { String(leaf[$0.upperBound...].prefix { $0 != "\"" }) }
            }
    }
}

/// A connection that takes everything at once, or when it is told to.
final class StandingWire: Sendable {
    private struct State {
        var written: [String] = []
        var texts: [String] = []
        var isSlow = false
        var wrote: (@Sendable () -> Void)?
        var waiting: (text: String, go: CheckedContinuation<Void, Never>)?
    }
    private let state = Mutex(State())

    var wrote: (@Sendable () -> Void)? {
        get { state.withLock { $0.wrote } }
        set { state.withLock { $0.wrote = newValue } }
    }
    var isSlow: Bool {
        get { state.withLock { $0.isSlow } }
        set { state.withLock { $0.isSlow = newValue } }
    }
    /// The methods of the notifications, `result`, and `end`, in order.
    var written: [String] { state.withLock { $0.written } }
    /// What was sent, to the letter.
    var texts: [String] { state.withLock { $0.texts } }

    /// Returns when `text` has been written; one waits at a time.
    func waits(for text: String) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                guard !state.written.contains(text) else { return true }
                state.waiting = (text, continuation)
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    func write(_ part: AuditedPart) {
        let text: String
        if case .event(let bytes) = part.content {
            state.withLock { $0.texts.append(String(decoding: bytes, as: UTF8.self)) }
        }
        switch part.content {
        case .head(let status, _): text = "head \(status)"
        case .end: text = "end"
        case .event(let bytes):
            let event = String(decoding: bytes, as: UTF8.self)
            let method = event.firstRange(of: #""method":"notifications/"#)
            text =
                method.map { String(event[$0.upperBound...].prefix { $0 != "\"" }) }
                ?? (event.contains("result") ? "result" : "comment")
        }
        let go = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard let waiting = state.waiting, waiting.text == text else { return nil }
            state.waiting = nil
            return waiting.go
        }
        defer { go?.resume() }
        let wrote = state.withLock { state -> (@Sendable () -> Void)? in
            state.written.append(text)
            return state.isSlow || text.hasPrefix("head") ? nil : state.wrote
        }
        wrote?()
    }
}

/// An upstream that remembers what is wanted of it, and says what it is told to say.
final class TestUpstream: Upstream {
    let id: UpstreamID
    private let wishes = Mutex<[CallerKey: (ListenFilter, ChangeEar)]>([:])
    /// What whoever begins to listen is told.
    let standing = Mutex(ListenStanding.heard)

    init(_ id: UpstreamID) { self.id = id }

    func wanted(by caller: Principal) -> ListenFilter { wishes.withLock { $0[CallerKey(caller)]?.0 } ?? ListenFilter() }

    func change(_ change: Change) {
        for (filter, ear) in wishes.withLock({ Array($0.values) }) where filter.covers(change) { ear(.changed(change)) }
    }

    func lose() { for (_, ear) in wishes.withLock({ Array($0.values) }) { ear(.lost) } }

    func listen(
        to filter: ListenFilter, for caller: Principal, hearing ear: @escaping ChangeEar,
        ready: @escaping ListenReady
    ) {
        wishes.withLock { $0[CallerKey(caller)] = (filter, ear) }
        ready(standing.withLock { $0 })
    }

    /// It says that its tools changed.
    let isNew = Mutex(false)
    var hasNewTools: Bool { isNew.withLock { $0 } }
    func keepListening() async {}
    func call(_ recorded: consuming RecordedCall, relaying relay: CallRelay?) async -> UpstreamResult {
        .failed(.closed)
    }
    func listTools(for caller: Principal) async -> Result<[ToolDefinition], UpstreamFailure> { .failure(.closed) }
    func list(_ kind: ListKind, for caller: Principal) async -> UpstreamList { .failed(.closed) }
    func profile(for caller: Principal) async -> Result<UpstreamProfile, UpstreamFailure> { .failure(.closed) }
    func setLogLevel(_ level: LogLevel, for caller: Principal, asking agent: AgentCapabilities) async {}
    func close() async {}
}

/// An alarm that rings when the test says so.
final class TestAlarm: Sendable {
    private let armed = Mutex<(delay: Duration, ring: @Sendable () -> Void)?>(nil)

    var alarm: Alarm {
        Alarm { [self] delay, ring in
            armed.withLock { $0 = (delay, ring) }
            return { [self] in armed.withLock { $0 = nil } }
        }
    }

    var delay: Duration? { armed.withLock { $0?.delay } }

    func ring() {
        let ring = armed.withLock { alarm in
            defer { alarm = nil }
            return alarm?.ring
        }
        ring?()
    }
}
