import MartletAudit
import MartletCore
import MartletEgress
import MartletJSON
import MartletMCP
import MartletPolicy
import MartletTesting
import Synchronization
import Testing

@testable import MartletGateway

/// A log in memory, calls whose intent stands in it, and notices of an upstream.
struct StreamFixture {
    let store = MemoryAuditStore()
    let audit: AuditLog

    init() throws {
        let vault = try #require(PayloadVault.inMemory())
        audit = AuditLog(
            store: store, clock: FixedClock(), random: SeededRandom(seed: 1),
            identity: LogIdentity(node: "gw-1", environment: try #require(EnvironmentName("demo")), posture: "pilot"),
            sealing: vault)
    }

    func intent(_ agent: String = "finance-bot", _ number: UInt64 = 1) async throws -> IntentReceipt {
        let time = UnixTime(seconds: 1_795_374_000)
        let (role, upstream, tool) = (
            try #require(RoleName("clerk")), try #require(UpstreamID("erp")), try #require(ToolName("pay"))
        )
        let principal = Principal(
            agent: try #require(SubjectID(agent)), role: role, user: nil, issuer: "urn:martlet:test", actors: [],
            credential: CredentialFacts(
                digest: Digest(of: [1]), tokenID: nil, keyID: nil, algorithm: "EdDSA",
                expires: UnixTime(seconds: 2_000_000_000)))
        let call = ToolCall(
            id: CallID(time: time, random: RandomBits(high: number, low: number)), principal: principal,
            upstream: upstream, tool: tool, arguments: nil, argumentDigest: Digest(of: []), bodyDigest: Digest(of: []),
            model: .unknown, received: time)
        let grant = Grant(
            id: try #require(GrantID("g")), target: GrantTarget(role: role, upstream: upstream, tool: tool),
            expires: UnixTime(seconds: 1_900_000_000), owner: nil, constraints: [], isClosed: false, approval: nil)
        guard case .permit(let permitted) = PolicyEngine(grants: [grant]).decide(call, approval: nil, now: time) else {
            throw Refused()
        }
        let context = CallContext(sourceAddress: "127.0.0.1", protocolVersion: "2026-07-28", transport: "http")
        let recorded = try await audit.recordIntent(permitted, context: context)
        return recorded.intent
    }

    struct Refused: Error {}

    func call(
        _ intent: IntentReceipt, token: String? = "mine", endsWithConnection: Bool = true
    ) -> LineCall {
        LineCall(
            intent: intent, token: token.map { .string($0) }, endsWithConnection: endsWithConnection, audit: audit,
            head: ResponseDraft(status: 200))
    }

    static func progress(_ value: Int, call number: Int64 = 1) throws -> UpstreamNotice {
        let params = try JSONValue.parse(Array(#"{"progressToken":\#(number),"progress":\#(value)}"#.utf8))
        return try #require(UpstreamNotice(method: "notifications/progress", params: params, ofCall: number))
    }

    static func log(_ text: String) throws -> UpstreamNotice {
        let params = try JSONValue.parse(Array(#"{"level":"info","data":"\#(text)"}"#.utf8))
        return try #require(UpstreamNotice(method: "notifications/message", params: params, ofCall: 1))
    }
}

/// A connection that takes what it is given, at once or when it is told to.
final class TestWire: Sendable {
    private struct State {
        var text: [String] = []
        var untaken: [Int] = []
    }
    private let state = Mutex(State())
    private let isSlow: Bool
    private let made = Mutex<AgentLine?>(nil)

    init(isSlow: Bool = false, limits: AgentLine.Limits = .init()) {
        self.isSlow = isSlow
        let line = AgentLine(limits: limits) { [weak self] in self?.write($0) }
        made.withLock { $0 = line }
    }

    func line() throws -> AgentLine { try #require(made.withLock { $0 }) }
    var written: [String] { state.withLock { $0.text } }
    /// The progress values in the order in which they were written.
    var progress: [Int] {
        written.compactMap { text in
            text.firstRange(of: #""progress":"#).flatMap { Int(text[$0.upperBound...].prefix { $0.isNumber }) }
        }
    }
    var untakenBytes: Int { state.withLock { $0.untaken.reduce(0, +) } }

    private func write(_ part: AuditedPart) {
        switch part.content {
        case .head(let status, _): state.withLock { $0.text.append("head \(status)") }
        case .end: state.withLock { $0.text.append("end") }
        case .event(let bytes):
            state.withLock { state in
                state.text.append(String(decoding: bytes, as: UTF8.self))
                if isSlow { state.untaken.append(bytes.count) }
            }
            if !isSlow { made.withLock { $0 }?.wrote(bytes.count) }
        }
    }

    /// The reader takes up to `count` events.
    func take(_ count: Int) {
        for _ in 0..<count {
            let size = state.withLock { $0.untaken.isEmpty ? nil : $0.untaken.removeFirst() }
            guard let size else { return }
            made.withLock { $0 }?.wrote(size)
        }
    }
}

/// An upstream call that writes down what is asked of it.
final class TestRunning: RunningCall {
    private let told = Mutex<[String]>([])
    var asked: [String] { told.withLock { $0 } }
    func cancel() { told.withLock { $0.append("cancel") } }
    func hold(_ isHeld: Bool) { told.withLock { $0.append(isHeld ? "hold" : "go on") } }
}
