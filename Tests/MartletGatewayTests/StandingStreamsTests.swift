import MartletAudit
import MartletAuthn
import MartletCore
import MartletEgress
import MartletMCP
import MartletTesting
import Testing

@testable import MartletGateway

@Suite("Standing streams")
struct StandingStreamsTests {
    private static let tools = ListenFilter(lists: [.tools])

    @Test("what changes is told after the acknowledgement, and the end is recorded once")
    func told() async throws {
        let fixture = try StandingFixture()
        let (line, wire) = try await fixture.open(try StandingFixture.principal("ada"), Self.tools)
        fixture.upstream.change(.list(.tools))
        fixture.upstream.change(.list(.prompts))
        #expect(wire.written == ["head 200", "subscriptions/acknowledged", "tools/list_changed"])
        fixture.streams.end(line, .shutdown)
        fixture.streams.end(line, .agentLeft)
        fixture.upstream.change(.list(.tools))
        #expect(wire.written.suffix(2) == ["result", "end"])
        #expect(await fixture.closings() == ["shutdown"])
        #expect(await fixture.closings() == ["shutdown"])
        #expect(fixture.streams.count == 0)
    }

    @Test("the streams of a caller want one thing of an upstream together, and nothing when the last has ended")
    func union() async throws {
        let fixture = try StandingFixture()
        let ada = try StandingFixture.principal("ada")
        let a = try StandingFixture.uri("a")
        let (one, _) = try await fixture.open(ada, Self.tools, number: 1)
        let (two, _) = try await fixture.open(ada, ListenFilter(resources: [a]), number: 2)
        #expect(fixture.upstream.wanted(by: ada) == ListenFilter(lists: [.tools], resources: [a]))
        fixture.streams.end(one, .agentLeft)
        #expect(fixture.upstream.wanted(by: ada) == ListenFilter(resources: [a]))
        fixture.streams.end(two, .agentLeft)
        #expect(fixture.upstream.wanted(by: ada).isEmpty)
    }

    @Test("an update is told only while its resource is granted, also when it had to wait for its reader")
    func grantAtDelivery() async throws {
        let end = StandingFixture.now.advanced(by: Seconds(100))
        let fixture = try StandingFixture(grantEnds: end)
        let a = try StandingFixture.uri("a")
        let (line, wire) = try await fixture.open(try StandingFixture.principal("ada"), ListenFilter(resources: [a]))
        fixture.upstream.change(.updated(a))
        #expect(wire.written.last == "resources/updated")
        wire.isSlow = true
        fixture.upstream.change(.updated(a))
        fixture.upstream.change(.updated(a))
        let before = wire.written.count
        fixture.clock.set(end)
        line.wrote()
        #expect(wire.written.count == before)
        #expect(line.stream.facts.upstreams == [fixture.upstream.id])
    }

    @Test("a revocation ends the caller's streams when it returns, and nobody else's")
    func revoked() async throws {
        let fixture = try StandingFixture()
        let (ada, bob) = (try StandingFixture.principal("ada"), try StandingFixture.principal("bob"))
        let (_, cut) = try await fixture.open(ada, Self.tools, number: 1)
        let (rest, stays) = try await fixture.open(bob, Self.tools, number: 2)
        fixture.authenticator.revoke(.subject(ada.agent))
        #expect(cut.written.suffix(2) == ["result", "end"])
        fixture.upstream.change(.list(.tools))
        #expect(stays.written.last == "tools/list_changed")
        #expect(await fixture.closings() == ["revoked"])
        _ = rest
    }

    @Test("a change that waits when the stream ends is not sent, whoever takes the last piece and when")
    func endsBeforeWaiting() async throws {
        let fixture = try StandingFixture()
        let ada = try StandingFixture.principal("ada")
        let (_, wire) = try await fixture.open(ada, Self.tools)
        wire.isSlow = true
        fixture.upstream.change(.list(.tools))
        fixture.upstream.change(.list(.tools))
        // The connection takes the end at once, and asks for what waits on the stack of whoever ends the stream.
        wire.isSlow = false
        fixture.authenticator.revoke(.subject(ada.agent))
        #expect(wire.written.suffix(2) == ["result", "end"])
        #expect(wire.written.filter { $0 == "tools/list_changed" }.count == 1)
        #expect(await fixture.closings() == ["revoked"])
    }

    @Test("a stream that is opened while its caller is revoked ends at once")
    func revokedMeanwhile() async throws {
        let fixture = try StandingFixture()
        let ada = try StandingFixture.principal("ada")
        fixture.authenticator.revoke(.subject(ada.agent))
        let (_, wire) = try await fixture.open(ada, Self.tools)
        #expect(wire.written == ["head 200", "result", "end"])
        #expect(await fixture.closings() == ["revoked"])
    }

    @Test("the alarm is set to the first end of a token or a grant, and a token's end ends its stream")
    func expiry() async throws {
        let fixture = try StandingFixture(grantEnds: StandingFixture.now.advanced(by: Seconds(300)))
        let (_, long) = try await fixture.open(try StandingFixture.principal("bob"), Self.tools, number: 2)
        #expect(fixture.alarm.delay == .seconds(300))
        let (_, brief) = try await fixture.open(
            try StandingFixture.principal("ada", tokenLasts: 60), Self.tools, number: 1)
        #expect(fixture.alarm.delay == .seconds(60))
        fixture.clock.advance(by: Seconds(60))
        fixture.alarm.ring()
        #expect(brief.written.suffix(2) == ["result", "end"])
        #expect(long.written == ["head 200", "subscriptions/acknowledged"])
        #expect(await fixture.closings() == ["token_expired"])
        #expect(fixture.alarm.delay == .seconds(240))
    }

    @Test("a grant that ends changes the list of those who had it")
    func grantEnds() async throws {
        let fixture = try StandingFixture(grantEnds: StandingFixture.now.advanced(by: Seconds(100)))
        let all = ListenFilter(lists: Set(ListedKind.allCases))
        let (line, wire) = try await fixture.open(try StandingFixture.principal("ada"), all)
        fixture.clock.advance(by: Seconds(100))
        fixture.alarm.ring()
        #expect(wire.written == ["head 200", "subscriptions/acknowledged", "resources/list_changed"])
        fixture.clock.advance(by: Seconds(600))
        fixture.alarm.ring()
        #expect(wire.written.count == 3, "it ends once")
        _ = line
    }

    @Test("what a session subscribes to while its stream is being opened is heard on it")
    func subscribedMeanwhile() async throws {
        let fixture = try StandingFixture()
        let (ada, a) = (try StandingFixture.principal("ada"), try StandingFixture.uri("a"))
        let session = try #require(
            fixture.sessions.open(
                for: ada, route: .mcp(name: "erp"), version: .newestLegacy, now: fixture.clock.now()
            ).opened)
        // As the request for the stream saw it, before the subscription was answered.
        let before = Self.tools
        fixture.sessions.subscribe(to: a, of: fixture.upstream.id, session.id)
        let (_, wire) = try await fixture.open(ada, before, session: session.id)
        fixture.upstream.change(.updated(a))
        #expect(wire.written == ["head 200", "comment", "resources/updated"])
    }

    @Test("a session is told on one of its streams, and its end ends them all")
    func session() async throws {
        let fixture = try StandingFixture()
        let ada = try StandingFixture.principal("ada")
        let session = try #require(
            fixture.sessions.open(
                for: ada, route: .mcp(name: "erp"), version: .newestLegacy, now: fixture.clock.now()
            ).opened)
        #expect(fixture.sessions.hold(session.id, maximum: 4))
        let (_, one) = try await fixture.open(ada, Self.tools, session: session.id, number: 1)
        let (_, two) = try await fixture.open(ada, Self.tools, session: session.id, number: 2)
        fixture.upstream.change(.list(.tools))
        #expect(one.written == ["head 200", "comment", "tools/list_changed"])
        #expect(two.written == ["head 200", "comment"])
        let isClosed = fixture.sessions.close(
            session.id, caller: ada, route: .mcp(name: "erp"), now: fixture.clock.now())
        #expect(isClosed)
        #expect(one.written.last == "end" && two.written.last == "end")
        #expect(await fixture.closings() == ["session_ended", "session_ended"])
    }

    @Test("there are so many streams and no more, in all and for each caller")
    func limits() throws {
        var limits = StandingStreams.Limits()
        (limits.inAll, limits.perCaller) = (3, 2)
        let fixture = try StandingFixture(limits: limits)
        let none = StreamFilter(.verbatim, [:])
        let (ada, bob) = (
            CallerKey(try StandingFixture.principal("ada")), CallerKey(try StandingFixture.principal("bob"))
        )
        #expect(
            fixture.streams.reserve(ada, none) && fixture.streams.reserve(ada, none)
                && !fixture.streams.reserve(ada, none))
        #expect(fixture.streams.reserve(bob, none) && !fixture.streams.reserve(bob, none))
        fixture.streams.release(ada)
        #expect(fixture.streams.reserve(bob, none))
        fixture.streams.close()
        fixture.streams.release(bob)
        #expect(!fixture.streams.reserve(bob, none), "a gateway that stops opens none")
    }

    @Test("the URIs of one caller's streams are bounded together, to the byte")
    func resourceBytes() async throws {
        var limits = StandingStreams.Limits()
        limits.resourceBytes = 18
        let fixture = try StandingFixture(limits: limits)
        let (ada, bob) = (try StandingFixture.principal("ada"), try StandingFixture.principal("bob"))
        func filter(_ name: String) throws -> StreamFilter {
            StreamFilter(
                .verbatim, [fixture.upstream.id: ListenFilter(resources: [try StandingFixture.uri(name)])])
        }
        let one = try await fixture.open(ada, try filter("a"), number: 1)
        #expect(!fixture.streams.reserve(CallerKey(ada), try filter("bc")), "9 and 10 bytes")
        #expect(fixture.streams.reserve(CallerKey(ada), try filter("b")), "9 and 9")
        #expect(fixture.streams.reserve(CallerKey(bob), try filter("bc")))
        _ = one
    }

    @Test("a session's subscriptions are bounded by number, and by bytes in all sessions of its caller")
    func subscriptions() throws {
        let fixture = try StandingFixture()
        let ada = try StandingFixture.principal("ada")
        func session() throws -> String {
            let opened = fixture.sessions.open(
                for: ada, route: .mcp(name: "erp"), version: .newestLegacy, now: fixture.clock.now())
            return try #require(opened.opened).id
        }
        let (first, second) = (try session(), try session())
        for number in 0..<SessionTable.maximumSubscriptions {
            #expect(
                fixture.sessions.subscribe(to: try StandingFixture.uri("\(number)"), of: fixture.upstream.id, first))
        }
        let more = try StandingFixture.uri("more")
        #expect(!fixture.sessions.subscribe(to: more, of: fixture.upstream.id, first))
        #expect(
            fixture.sessions.subscribe(to: try StandingFixture.uri("0"), of: fixture.upstream.id, first), "held already"
        )
        #expect(fixture.sessions.subscribe(to: more, of: fixture.upstream.id, second))
        var sessions = [second]
        let long = String(repeating: "x", count: 2000)
        for number in 0..<(SessionTable.maximumSubscribedBytes / 2000) {
            if number % 60 == 59 { sessions.append(try session()) }
            _ = fixture.sessions.subscribe(
                to: try StandingFixture.uri("\(long)\(number)"), of: fixture.upstream.id, sessions[sessions.count - 1])
        }
        #expect(!fixture.sessions.hasRoom(for: try StandingFixture.uri(long), of: fixture.upstream.id, try session()))
    }

    @Test("without a record there is no stream", arguments: [1])
    func unrecorded(attempt: Int) async throws {
        let fixture = try StandingFixture()
        fixture.log.store.inject(.failBeforeWrite, atAppend: attempt)
        await #expect(throws: (any Error).self) {
            _ = try await fixture.open(try StandingFixture.principal("ada"), Self.tools)
        }
    }
}
