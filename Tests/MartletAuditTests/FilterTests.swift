import MartletCore
import MartletTesting
import Testing

@testable import MartletAudit

struct FilterTests {
    /// 1 denied by its grant at 0 s, 2 permitted at 10 s by another agent without user, 3 waiting at 21 s, one event.
    private func log() async throws -> Fixture {
        let fixture = try Fixture()
        let first = DenialFacts(
            try Fixture.call(1, tool: "delete_all"), stage: .grant, reason: "no_grant", context: Fixture.context())
        _ = await fixture.log.recordDenial(first, answering: Fixture.draft)
        fixture.clock.advance(by: Seconds(10))
        let other = try Fixture.principal(agent: "research-bot", user: nil, actors: [])
        try await fixture.complete(try Fixture.call(2, by: other))
        fixture.clock.advance(by: Seconds(10))
        _ = try await fixture.requested(try Fixture.call(3, tool: "issue_payment"))
        await fixture.log.note(.upstreamRestarted(try Fixture.upstream(), reason: "exit 1"))
        return fixture
    }

    static let filters: [(String, @Sendable (inout TimelineFilter) -> Void, [UInt64])] = [
        ("nothing", { _ in }, [0, 1, 3, 4, 5]),
        ("call", { $0.call = Fixture.id(2) }, [1]),
        ("the call of an approval", { $0.call = Fixture.id(3) }, [3, 4]),
        ("an unknown call", { $0.call = Fixture.id(8) }, []),
        ("agent", { $0.agent = "research-bot" }, [1]),
        ("agent in another case", { $0.agent = "Research-bot" }, []),
        ("user", { $0.user = "alice" }, [0, 3, 4]),
        ("tool", { $0.tool = "delete_all" }, [0]),
        ("permitted", { $0.decision = "permit" }, [1]),
        ("denied", { $0.decision = "deny" }, [0]),
        ("waiting", { $0.decision = "approval_required" }, [4]),
        ("since, inclusive", { $0.since = UnixTime(seconds: 1_795_374_010) }, [1, 3, 4, 5]),
        ("until, exclusive", { $0.until = UnixTime(seconds: 1_795_374_010) }, [0]),
        ("two at once", { ($0.agent, $0.decision) = ("finance-bot", "deny") }, [0]),
    ]

    @Test("a filter shows what it names and nothing else", arguments: filters.indices)
    func filter(number: Int) async throws {
        let (name, set, expected) = Self.filters[number]
        var filter = TimelineFilter()
        set(&filter)
        let fixture = try await log()
        filter.pseudonyms["alice"] = [try await fixture.recorded("alice")]
        let timeline = fixture.timeline(for: filter)
        #expect(timeline.items().map(\.index) == expected, "\(name)")
        // What is not shown is not held either; of another call at most what may be about the asked one's approval.
        #expect(timeline.count <= expected.count + (filter.call == nil ? 0 : 1), "\(name)")
    }

    @Test("no record of a call that is not shown is taken for one of nobody", arguments: ["denied twice", "complete"])
    func unshown(way: String) async throws {
        let fixture = try Fixture()
        let call = try Fixture.call(1)
        try await fixture.complete(call)
        if way == "denied twice" {
            let denial = DenialFacts(call, stage: .grant, reason: "no_grant", context: Fixture.context())
            for _ in 0..<2 { _ = await fixture.log.recordDenial(denial, answering: Fixture.draft) }
        }
        var filter = TimelineFilter()
        filter.until = UnixTime(seconds: 1_795_374_000)
        #expect(fixture.timeline(for: filter).items().isEmpty)
        filter.until = nil
        filter.since = UnixTime(seconds: 1_795_374_001)
        // The second denial is about no opening: it is told by itself.
        #expect(fixture.timeline(for: filter).items().map(\.index) == (way == "complete" ? [] : [3]))
    }
}
