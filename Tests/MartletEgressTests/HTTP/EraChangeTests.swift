import MartletCore
import MartletMCP
import NIOCore
import NIOHTTP1
import Testing

@testable import MartletEgress

@Suite("an upstream that shows another era than its pinned one")
struct EraChangeTests {
    /// Knows nobody without a session.
    private static let legacy = Wire.legacy { request in
        request.headers["mcp-session-id"].isEmpty
            ? [.answer(Wire.error(request, -32600, "Missing session ID"), status: "400 Bad Request")]
            : Wire.echo(request)
    }
    /// Knows no session.
    private static let modern: TestServer.Script = { request in
        let isModern = request.body.contains("io.modelcontextprotocol/protocolVersion")
        guard isModern || request.rpcMethod == "initialize" else {
            return [.answer(Wire.error(request, -32022), status: "400 Bad Request")]
        }
        return Wire.modern(Wire.echo)(request)
    }
    private static let both: TestServer.Script = { request in
        request.body.contains("io.modelcontextprotocol/protocolVersion")
            ? Wire.modern(Wire.echo)(request) : EraChangeTests.legacy(request)
    }

    /// Begins with one script, goes on with another.
    private func with(
        _ era: EraChoice, _ first: @escaping TestServer.Script, then second: @escaping TestServer.Script,
        body: (TestServer, HTTPUpstream, Collected<EraEvent>, Counter) async throws -> Void
    ) async throws {
        let turns = Counter()
        let events = Collected<EraEvent>()
        let script: TestServer.Script = { turns.value % 2 == 0 ? first($0) : second($0) }
        try await Fixture.with(
            script, era: era,
            {
                $0.eraReport = { events.add($0) }
                $0.eraCheckInterval = .zero
            }
        ) { (server, upstream) async throws in try await body(server, upstream, events, turns) }
    }

    @Test(
        "gets no more calls, is reported once for each change, and goes on when it is over",
        arguments: [
            (EraChoice.auto, ProtocolEra.modern), (.auto, .legacy), (.fixed(.modern), .modern),
            (.fixed(.legacy), .legacy),
            (.remembered(.modern), .modern), (.remembered(.legacy), .legacy),
        ])
    func changes(choice: EraChoice, era: ProtocolEra) async throws {
        let scripts = era == .modern ? (Self.modern, Self.legacy) : (Self.legacy, Self.modern)
        let id = try Fixture.upstreamID()
        let news: [EraEvent] = choice == .auto ? [.pinned(id, era)] : []
        try await with(choice, scripts.0, then: scripts.1) { (server, upstream, events, turns) async throws in
            #expect(try await upstream.call("pay", "{}").failure == nil)
            #expect(events.all == news)
            turns.next()
            #expect(try await upstream.call("pay", "{}").failure == .eraChanged)
            let sent = server.methods.filter { $0 == "tools/call" }.count
            for _ in 0..<3 { #expect(try await upstream.call("pay", "{}").failure == .eraChanged) }
            #expect(server.methods.filter { $0 == "tools/call" }.count == sent)
            let change = EraEvent.changed(id, pinned: era, seen: era.other)
            #expect(events.all == news + [change])
            turns.next()
            #expect(try await upstream.call("pay", "{}").failure == nil)
            #expect(events.all == news + [change, .restored(id, era)])
            turns.next()
            #expect(try await upstream.call("pay", "{}").failure == .eraChanged)
            #expect(events.all == news + [change, .restored(id, era), change])
        }
    }

    @Test(
        "is not one that breaks, and not one that learns the other era too",
        arguments: [
            EraChoice.fixed(.modern), .fixed(.legacy),
        ])
    func noChange(choice: EraChoice) async throws {
        let first = choice == .fixed(.modern) ? Self.modern : Self.legacy
        for status in ["500 Error", "502 Bad Gateway", "404 Not Found", "400 Bad Request"] {
            try await with(choice, first, then: { _ in [.status(status)] }) {
                (_, upstream, events, turns) async throws in
                #expect(try await upstream.call("pay", "{}").failure == nil)
                turns.next()
                #expect(try await upstream.call("pay", "{}").failure?.isEraChange == false)
                #expect(events.all == [])
            }
        }
        try await with(choice, first, then: Self.both) { (_, upstream, events, turns) async throws in
            #expect(try await upstream.call("pay", "{}").failure == nil)
            turns.next()
            _ = try await upstream.call("pay", "{}")
            #expect(try await upstream.call("pay", "{}").failure == nil)
            #expect(events.all == [])
        }
    }

    @Test("is found by a call whose agent can be asked, too")
    func askable() async throws {
        try await with(.fixed(.legacy), Self.legacy, then: Self.modern) {
            (_, upstream, events, turns) async throws in
            let agent = AgentCapabilities([.elicitationForm])
            let before = await upstream.call(try Fixture.askable(agent), relaying: nil)
            #expect(before.failure == nil)
            turns.next()
            let after = await upstream.call(try Fixture.askable(agent), relaying: nil)
            #expect(after.failure == .eraChanged)
            #expect(events.all == [.changed(try Fixture.upstreamID(), pinned: .legacy, seen: .modern)])
        }
    }

    @Test("a doubtful answer is followed up once in a while, not every time")
    func interval() {
        var pin = EraPin(.fixed(.modern))
        let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
        let asked = [0, 4_999, 5_000].map { pin.startCheck(start + .milliseconds($0), interval: .seconds(5)) }
        #expect(asked == [.modern, nil, .modern])
        var unknown = EraPin(.auto)
        let found = unknown.startCheck(start, interval: .zero)
        #expect(found == nil)
    }

    @Test("the first era that is found stays")
    func settles() {
        var pin = EraPin(.auto)
        let (first, second) = (pin.settle(.legacy), pin.settle(.modern))
        #expect(first.era == .legacy && first.isNew)
        #expect(second.era == .legacy && !second.isNew)
        var remembered = EraPin(.remembered(.modern))
        let kept = remembered.settle(.legacy)
        #expect(kept.era == .modern && !kept.isNew)
    }

    @Test("is found when the capabilities are asked for, too")
    func profile() async throws {
        try await with(.fixed(.modern), Self.modern, then: Self.legacy) { (_, upstream, events, turns) async throws in
            turns.next()
            guard case .failure(.eraChanged) = await upstream.profile(for: try Fixture.principal()) else {
                Issue.record("no change was found")
                return
            }
            #expect(events.all.count == 1)
        }
    }
}

extension UpstreamFailure {
    fileprivate var isEraChange: Bool { self == .eraChanged }
}
