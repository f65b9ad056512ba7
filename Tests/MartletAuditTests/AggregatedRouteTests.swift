import MartletAudit
import MartletCore
import MartletJSON
import MartletTesting
import Testing

@Suite("Records of the aggregated route")
struct AggregatedRouteTests {
    private func context() -> CallContext {
        var context = Fixture.context()
        context.route = "/mcp"
        return context
    }

    private func list(_ fixture: Fixture, _ degraded: [DegradedUpstream]) async throws -> TimelineEntry {
        let facts = ListFacts(
            principal: try Fixture.principal(), method: "tools/list", shown: ["erp__pay"], hidden: 2,
            degraded: degraded, context: context())
        _ = try await fixture.log.recordList(facts, answering: Fixture.draft)
        return try #require(try fixture.entries().last)
    }

    @Test("a list says by which route, and which upstreams are missing from it, and why")
    func degraded() async throws {
        let fixture = try Fixture()
        let missing = [
            DegradedUpstream(try #require(UpstreamID("crm")), .timeout),
            DegradedUpstream(try #require(UpstreamID("hr")), .unreachable),
        ]
        let observed = try await list(fixture, missing).document.member("observed")
        #expect(observed?.member("route")?.string == "/mcp")
        #expect(observed?.member("upstream") == nil)
        #expect(observed?.member("degraded")?.serialized() == Array(#"{"crm":"timeout","hr":"unreachable"}"#.utf8))
        let whole = try await list(fixture, []).document.member("observed")
        #expect(whole?.member("degraded") == nil)
    }

    @Test("of many missing upstreams 64 are named and the rest is counted")
    func bounded() async throws {
        let missing = try (0..<70).map { DegradedUpstream(try #require(UpstreamID("u\($0)")), .busy) }
        let observed = try await list(try Fixture(), missing).document.member("observed")
        #expect(observed?.member("degraded")?.count == 64)
        #expect(observed?.member("degraded_omitted")?.integer == 6)
    }

    @Test("a stream says by which route, and names the upstreams it is about in both of its records")
    func stream() async throws {
        let fixture = try Fixture()
        var facts = try Fixture.stream()
        facts.upstreams = try (0..<18).map { try #require(UpstreamID("u\($0)")) }
        facts.context = context()
        let stream = try await fixture.log.openStanding(facts, head: Fixture.draft) { _ in }
        stream.end(.agentLeft, last: nil)
        await fixture.log.flushCoalesced(now: fixture.clock.now())
        let entries = try fixture.entries()
        #expect(entries.map(\.type) == [.streamOpened, .streamClosed])
        for entry in entries {
            let observed = entry.document.member("observed")
            #expect(observed?.member("route")?.string == "/mcp" && observed?.member("upstream") == nil)
            #expect(observed?.member("upstreams")?.count == 16)
            #expect(observed?.member("upstreams_omitted")?.integer == 2)
        }
    }

    @Test("a call, a denial and a session say by which route, and keep the upstream they are about")
    func route() async throws {
        let fixture = try Fixture()
        _ = try await fixture.log.recordIntent(try fixture.authorized(try Fixture.call(1)), context: context())
        let denial = DenialFacts(try Fixture.call(2), stage: .grant, reason: "no_grant", context: context())
        _ = await fixture.log.recordDenial(denial, answering: Fixture.draft)
        let session = SessionEvent(
            session: Digest(of: [7]), principal: try Fixture.principal(), upstream: nil, route: "/mcp",
            protocolVersion: "2025-11-25", sourceAddress: "127.0.0.1")
        _ = try await fixture.log.recordEvent(.sessionOpened(session))
        let entries = try fixture.entries()
        #expect(entries.map { $0.text("observed", "route") } == ["/mcp", "/mcp", "/mcp"])
        let upstream = try Fixture.upstream().rawValue
        #expect(entries.map(\.upstream) == [upstream, upstream, nil])
    }
}
