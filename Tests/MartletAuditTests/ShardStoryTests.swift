import MartletCore
import MartletRecords
import MartletTesting
import Testing

@testable import MartletAudit

/// What the records of one log leave to the next one, written by one log and read by another.
@Suite("What is carried from one log to the next")
struct ShardStoryTests {
    private static let peer = LocalPeer(user: 1000, process: 7)
    private static func person(_ digit: String) throws -> Pseudonym {
        try #require(Pseudonym("psn-" + String(repeating: digit, count: 32)))
    }

    /// Everything at the end of `fixture` as the next log has it.
    private func next(_ fixture: Fixture) async throws -> Fixture {
        var (erasures, withdrawals) = (Erasures(), Withdrawals())
        for entry in try fixture.entries() {
            erasures.take(entry)
            withdrawals.take(entry)
        }
        let next = try Fixture(seed: 2)
        for part in CarriedPart.parts(of: erasures, withdrawals, at: fixture.clock.now()) {
            _ = try await next.log.recordEvent(.shard(.carried(part)))
        }
        return next
    }

    private func erasures(_ fixture: Fixture) throws -> Erasures {
        var erasures = Erasures()
        for entry in try fixture.entries() { erasures.take(entry) }
        return erasures
    }

    @Test(
        "holds that are on and erasures that are done, with keys, quarter and time, over two borders; not what is over")
    func standing() async throws {
        let fixture = try Fixture()
        let keys = try (0..<1000).map { try #require(KeyID("dk-\($0)")) }
        let erasure = ErasureFacts(
            id: "er-1", subject: try Self.person("1"), keys: keys, quarter: Quarter("2026-Q3"), matter: "T",
            reason: "r",
            by: Self.peer)
        var open = erasure
        (open.id, open.keys) = ("er-2", [])
        let hold = HoldFacts(id: "ho-1", subject: try Self.person("2"), matter: "C", by: Self.peer)
        let over = HoldFacts(id: "ho-2", subject: nil, matter: "C", by: Self.peer)
        for event in [
            GatewayEvent.erasureRequested(erasure), .erasureExecuted(erasure, requested: 0), .erasureRequested(open),
            .erasureRefused(open, [hold]), .holdPlaced(hold), .holdPlaced(over), .holdReleased(over),
        ] { _ = try await fixture.log.recordEvent(event) }
        let before = try erasures(fixture)
        let after = try erasures(try await next(try await next(fixture)))
        #expect(after.standing == ["er-1", "ho-1"] && before.standing == after.standing)
        #expect(after.holds["ho-1"] == hold)
        let carried = try #require(after.executed.first)
        #expect(Set(carried.facts.keys) == Set(keys) && carried.facts.quarter == Quarter("2026-Q3"))
        #expect(carried.requestedAt == before.executed.first?.requestedAt)
        #expect(after.destruction(of: keys[999])?.isConfirmed == true)
    }

    @Test("withdrawals of credentials that have not ended by themselves, once")
    func withdrawals() async throws {
        let fixture = try Fixture()
        let now = fixture.clock.now()
        func revoked(_ token: String, until end: UnixTime?) throws -> GatewayEvent {
            .credentialRevoked(
                CredentialEvent(subject: try Fixture.subject("finance-bot"), tokenID: token, expires: end),
                reason: "lost")
        }
        for event in [
            // For a minute after its end a credential may still be accepted.
            try revoked("ended", until: UnixTime(microseconds: now.microseconds - 60_000_000)),
            try revoked("lasts", until: now),
            try revoked("for ever", until: nil), try revoked("for ever", until: nil),
        ] { _ = try await fixture.log.recordEvent(event) }
        let told = try await next(fixture).entries().flatMap(Withdrawal.told)
        #expect(told.count == 2 && told.allSatisfy { $0.subjects == ["finance-bot"] })
        let leaf = try #require(try await next(fixture).entries().first).leaf
        let text = String(decoding: leaf, as: UTF8.self)
        #expect(text.contains("lasts") && text.contains("for ever") && !text.contains("ended"))
    }

    @Test("a call by a credential that the log before withdrew breaks the rule in the next one")
    func ruled() async throws {
        let fixture = try Fixture()
        let event = CredentialEvent(subject: try Fixture.subject("finance-bot"))
        _ = try await fixture.log.recordEvent(.credentialRevoked(event, reason: "lost"))
        let next = try await next(fixture)
        next.clock.advance(by: Seconds(3))
        try await next.complete(try Fixture.call(1))
        #expect(next.findings().map(\.rule).contains(.credentialNotRevoked))
    }

    @Test("nothing has no part")
    func nothing() async throws {
        #expect(CarriedPart.parts(of: Erasures(), Withdrawals(), at: UnixTime(seconds: 7)) == [])
    }

    @Test(
        "the time is steady since the first record, or since the last leap of more than thirty days between two records"
    )
    func steady() async throws {
        let fixture = try Fixture()
        var times: [UnixTime] = []
        for days in [0, 30, 31, 1] as [Int64] {
            fixture.clock.advance(by: Seconds(days * 86_400))
            times.append(fixture.clock.now())
            _ = try await fixture.log.recordEvent(.logClosed(reason: "signal"))
        }
        var story = ShardStory()
        var since: [UnixTime?] = []
        for entry in try fixture.entries() {
            story.take(entry)
            since.append(story.steadySince)
        }
        #expect(since == [times[0], times[0], times[2], times[2]])
        #expect(story.first == times[0] && story.last == times[3])
    }

    @Test("a leap is more than thirty days, in either direction")
    func leap() {
        #expect(!ShardStory.isLeap(UnixTime(seconds: 0), UnixTime(seconds: 30 * 86_400)))
        #expect(ShardStory.isLeap(UnixTime(seconds: 0), UnixTime(seconds: 30 * 86_400 + 1)))
        #expect(
            ShardStory.isLeap(UnixTime(seconds: 30 * 86_400 + 1), UnixTime(seconds: 0)), "a clock that was put back")
    }
}
