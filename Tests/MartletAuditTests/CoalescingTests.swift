import MartletAudit
import MartletCore
import MartletJSON
import MartletTesting
import Testing

struct CoalescingTests {
    private func fail(
        _ fixture: Fixture, source: String = "10.0.0.1", reason: String = "expired", route: String = "/mcp/erp"
    ) async {
        let facts = AuthenticationFailureFacts(reason: reason, source: source, route: route, method: "POST")
        _ = await fixture.log.recordAuthenticationFailure(facts, answering: Fixture.draft)
    }

    private func counts(_ fixture: Fixture) throws -> [Int64] {
        try fixture.entries().filter { $0.type == .authenticationFailed }.compactMap {
            $0.document.member("observed")?.member("count")?.integer
        }
    }

    @Test("the first failure of a kind is durable at once, the following ones are one record when the window closes")
    func window() async throws {
        let fixture = try Fixture()
        for _ in 0..<1000 { await fail(fixture) }
        #expect(try counts(fixture) == [1])
        fixture.clock.advance(by: Seconds(59))
        await fixture.log.flushCoalesced(now: fixture.clock.now())
        #expect(try counts(fixture) == [1], "the window is open")
        fixture.clock.advance(by: Seconds(1))
        await fixture.log.flushCoalesced(now: fixture.clock.now())
        #expect(try counts(fixture) == [1, 999])
        await fixture.log.flushCoalesced(now: fixture.clock.now())
        #expect(try counts(fixture) == [1, 999], "a window is written once")
    }

    @Test(
        "another source, reason or route is another kind",
        arguments: [
            ("10.0.0.2", "expired", "/mcp/erp"), ("10.0.0.1", "bad_signature", "/mcp/erp"),
            ("10.0.0.1", "expired", "/mcp/crm"),
        ])
    func kinds(source: String, reason: String, route: String) async throws {
        let fixture = try Fixture()
        await fail(fixture)
        await fail(fixture, source: source, reason: reason, route: route)
        #expect(try counts(fixture) == [1, 1])
    }

    @Test("a failure after the window starts a new one, and the old count is not lost without a flush")
    func rollover() async throws {
        let fixture = try Fixture()
        for _ in 0..<3 { await fail(fixture) }
        fixture.clock.advance(by: Seconds(60))
        await fail(fixture)
        #expect(try counts(fixture) == [1, 2, 1])
    }

    @Test("a window with one failure adds no second record")
    func single() async throws {
        let fixture = try Fixture()
        await fail(fixture)
        await fixture.log.flushCoalesced(now: fixture.clock.now(), everything: true)
        #expect(try counts(fixture) == [1])
    }

    @Test("closing writes the counts of windows that are still open")
    func closing() async throws {
        let fixture = try Fixture()
        for _ in 0..<5 { await fail(fixture) }
        await fixture.log.flushCoalesced(now: fixture.clock.now(), everything: true)
        #expect(try counts(fixture) == [1, 4])
    }

    @Test("a flood from any number of addresses costs a bounded number of records, and every failure is counted")
    func flood() async throws {
        let fixture = try Fixture()
        for address in 0..<5000 { await fail(fixture, source: "2001:db8::\(address)") }
        #expect(fixture.store.leaves.count == 1025)
        await fixture.log.flushCoalesced(now: fixture.clock.now(), everything: true)
        #expect(fixture.store.leaves.count == 1026)
        #expect(try counts(fixture).reduce(0, +) == 5000)
        let last = try #require(try fixture.entries().last)
        #expect(last.text("observed", "src") == "*")
        #expect(last.text("observed", "route") == "*")
    }

    @Test("after a window the table has room again")
    func roomAgain() async throws {
        let fixture = try Fixture()
        for address in 0..<2000 { await fail(fixture, source: "2001:db8::\(address)") }
        fixture.clock.advance(by: Seconds(60))
        await fixture.log.flushCoalesced(now: fixture.clock.now())
        await fail(fixture, source: "10.9.9.9")
        #expect(try fixture.entries().last?.text("observed", "src") == "10.9.9.9")
    }

    @Test("failures whose record is lost are counted in the gap, each of them")
    func gap() async throws {
        let fixture = try Fixture()
        fixture.store.setOutage(.failBeforeWrite)
        for _ in 0..<10 { await fail(fixture) }
        await fixture.log.flushCoalesced(now: fixture.clock.now(), everything: true)
        fixture.store.setOutage(nil)
        await fixture.log.flushCoalesced(now: fixture.clock.now(), everything: true)
        let gap = try #require(try fixture.entries().last)
        #expect(gap.document.member("derived")?.member("lost")?["auth.failed"]?.integer == 10)
    }
}
