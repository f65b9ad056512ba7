import MartletAudit
import MartletAuthn
import MartletCore
import MartletEgress
import MartletMCP
import MartletTesting
import Synchronization
import Testing

@testable import MartletGateway

@Suite("Standing streams of the route of all upstreams")
struct AggregatedStreamsTests {
    /// Both upstreams of the fixture, with two lists and a resource of the same URI.
    private static func filter(_ fixture: StandingFixture) throws -> StreamFilter {
        let part = ListenFilter(lists: [.tools, .resources], resources: [try StandingFixture.uri("a")])
        return StreamFilter(.aggregated, [fixture.upstream.id: part, fixture.other.id: part])
    }

    @Test("every upstream is heard, a resource in the words of the route, and nothing when the stream has ended")
    func heard() async throws {
        let fixture = try StandingFixture()
        let ada = try StandingFixture.principal("ada")
        let (line, wire) = try await fixture.open(ada, try Self.filter(fixture))
        let a = try StandingFixture.uri("a")
        for upstream in [fixture.upstream, fixture.other] {
            #expect(upstream.wanted(by: ada) == ListenFilter(lists: [.tools, .resources], resources: [a]))
            upstream.change(.list(.tools))
            upstream.change(.updated(a))
        }
        let told = ["tools/list_changed", "resources/updated"]
        #expect(Array(wire.written.dropFirst(2)) == told + told)
        #expect(wire.texts[0].contains(#""resourceSubscriptions":["crm__shelf://a","erp__shelf://a"]"#))
        #expect(!wire.texts[0].contains("degraded"))
        #expect(wire.texts[2].contains(#""uri":"erp__shelf://a""#))
        #expect(wire.texts[4].contains(#""uri":"crm__shelf://a""#))
        fixture.streams.end(line, .agentLeft)
        #expect(fixture.upstream.wanted(by: ada).isEmpty && fixture.other.wanted(by: ada).isEmpty)
        #expect(fixture.streams.count == 0)
        #expect(await fixture.closings() == ["agent_left"])
    }

    @Test("it shares an upstream's stream with the caller's streams of that upstream's own route")
    func shared() async throws {
        let fixture = try StandingFixture()
        let ada = try StandingFixture.principal("ada")
        let (_, own) = try await fixture.open(ada, ListenFilter(lists: [.prompts]), number: 1)
        let (all, wire) = try await fixture.open(ada, try Self.filter(fixture), number: 2)
        #expect(fixture.upstream.wanted(by: ada).lists == [.tools, .prompts, .resources])
        fixture.upstream.change(.list(.prompts))
        fixture.upstream.change(.list(.tools))
        #expect(own.written.last == "prompts/list_changed" && wire.written.last == "tools/list_changed")
        fixture.streams.end(all, .agentLeft)
        #expect(fixture.upstream.wanted(by: ada).lists == [.prompts] && fixture.other.wanted(by: ada).isEmpty)
    }

    @Test(
        "an upstream that cannot be heard is named, and the others are heard",
        arguments: [
            (ListenStanding.absent, "refused"), (.unheard(.unreachable("x")), "unreachable"),
            (.unheard(.timedOut), "timeout"),
        ])
    func degraded(standing: ListenStanding, reason: String) async throws {
        let fixture = try StandingFixture()
        fixture.other.standing.withLock { $0 = standing }
        let (_, wire) = try await fixture.open(try StandingFixture.principal("ada"), try Self.filter(fixture))
        #expect(wire.texts[0].contains(#""martlet.dev/degraded":[{"upstream":"crm","reason":"\#(reason)"}]"#))
        fixture.upstream.change(.list(.tools))
        #expect(wire.written.last == "tools/list_changed")
    }

    @Test("an upstream that is lost changes the lists here, and on its own route nothing")
    func lost() async throws {
        let fixture = try StandingFixture()
        let ada = try StandingFixture.principal("ada")
        let (_, own) = try await fixture.open(ada, ListenFilter(lists: [.tools]), number: 1)
        let (_, all) = try await fixture.open(ada, try Self.filter(fixture), number: 2)
        fixture.upstream.lose()
        #expect(Array(all.written.dropFirst(2)) == ["tools/list_changed", "resources/list_changed"])
        #expect(own.written == ["head 200", "subscriptions/acknowledged"])
    }

    @Test("after its last grant an upstream is told of once more, and then no longer")
    func grantEnds() async throws {
        let fixture = try StandingFixture(grantEnds: StandingFixture.now.advanced(by: Seconds(100)))
        let (_, wire) = try await fixture.open(try StandingFixture.principal("ada"), try Self.filter(fixture))
        fixture.clock.advance(by: Seconds(100))
        fixture.alarm.ring()
        #expect(Array(wire.written.dropFirst(2)) == ["resources/list_changed"])
        fixture.upstream.change(.list(.tools))
        fixture.upstream.change(.updated(try StandingFixture.uri("a")))
        fixture.upstream.lose()
        #expect(wire.written.count == 3)
        fixture.other.change(.list(.tools))
        #expect(wire.written.last == "tools/list_changed")
    }

    @Test("a revocation and the end of the token end it, once", arguments: [true, false])
    func ended(isRevoked: Bool) async throws {
        let fixture = try StandingFixture()
        let ada = try StandingFixture.principal("ada", tokenLasts: 60)
        let (_, wire) = try await fixture.open(ada, try Self.filter(fixture))
        if isRevoked {
            fixture.authenticator.revoke(.subject(ada.agent))
        } else {
            fixture.clock.advance(by: Seconds(60))
            fixture.alarm.ring()
        }
        #expect(wire.written.suffix(2) == ["result", "end"])
        #expect(await fixture.closings() == [isRevoked ? "revoked" : "token_expired"])
        #expect(fixture.other.wanted(by: ada).isEmpty)
    }

    @Test("a session's subscriptions are of one upstream each")
    func session() async throws {
        let fixture = try StandingFixture()
        let (ada, a) = (try StandingFixture.principal("ada"), try StandingFixture.uri("a"))
        let session = try #require(
            fixture.sessions.open(for: ada, route: .aggregate, version: .newestLegacy, now: fixture.clock.now()).opened)
        let part = ListenFilter(lists: [.tools])
        let filter = StreamFilter(.aggregated, [fixture.upstream.id: part, fixture.other.id: part])
        let (line, wire) = try await fixture.open(ada, filter, session: session.id)
        fixture.sessions.subscribe(to: a, of: fixture.other.id, session.id)
        await fixture.streams.refresh(
            .init(upstream: fixture.other.id, caller: CallerKey(ada)), session: session.id)
        #expect(fixture.other.wanted(by: ada).resources == [a] && fixture.upstream.wanted(by: ada).resources == [])
        fixture.other.change(.updated(a))
        #expect(wire.texts.last?.contains(#""uri":"crm__shelf://a""#) == true)
        _ = line
    }
}
