import MartletAudit
import MartletCore
import MartletJSON
import MartletTesting
import Testing

/// Both ways a write can fail, for every write on the path of a call: not stored, and stored all the same.
struct StoreFailureTests {
    static let failures: [MemoryAuditStore.Failure] = [.failBeforeWrite, .failAfterWrite]

    @Test("an intent that fails gives no proof to dispatch", arguments: failures)
    func intent(failure: MemoryAuditStore.Failure) async throws {
        let fixture = try Fixture()
        fixture.store.inject(failure, atAppend: 1)
        let authorized = try fixture.authorized(try Fixture.call())
        await #expect(throws: AuditError.self) {
            _ = try await fixture.log.recordIntent(authorized, context: Fixture.context())
        }
        #expect(fixture.store.leaves.count == (failure == .failAfterWrite ? 1 : 0))
    }

    @Test("an intent that failed and is there is closed by the denial that follows, and recovery leaves it alone")
    func intentClosedByDenial() async throws {
        let fixture = try Fixture()
        let call = try Fixture.call()
        fixture.store.inject(.failAfterWrite, atAppend: 1)
        let authorized = try fixture.authorized(call)
        await #expect(throws: AuditError.self) {
            _ = try await fixture.log.recordIntent(authorized, context: Fixture.context())
        }
        let facts = DenialFacts(call, stage: .audit, reason: "audit_unavailable", context: Fixture.context())
        _ = await fixture.log.recordDenial(facts, answering: Fixture.draft)
        #expect(try fixture.scan().open.isEmpty)
        #expect(fixture.findings() == [])
        #expect(try fixture.story(1).answers(fixture.values()).result.text.hasPrefix("nothing was sent"))
    }

    @Test("an outcome that fails gives no proof to answer, and cannot be recorded a second time", arguments: failures)
    func outcome(failure: MemoryAuditStore.Failure) async throws {
        let fixture = try Fixture()
        let recorded = try await fixture.log.recordIntent(
            try fixture.authorized(try Fixture.call()), context: Fixture.context())
        let intent = recorded.intent
        let facts = try Fixture.ended(result: "{}")
        fixture.store.inject(failure, atAppend: 2)
        await #expect(throws: AuditError.storeUnavailable(errno: failure == .failAfterWrite ? 5 : 28)) {
            _ = try await fixture.log.recordOutcome(of: intent, facts, answering: Fixture.draft)
        }
        await #expect(throws: AuditError.intentNotOpen(index: 0)) {
            _ = try await fixture.log.recordOutcome(of: intent, facts, answering: Fixture.draft)
        }
        #expect(try fixture.scan().open.map(\.index) == (failure == .failAfterWrite ? [] : [0]))
        let withheld = fixture.log.withhold(resultOf: intent, because: .closed, answering: Fixture.draft)
        #expect(withheld.draft.status == 200)
    }

    @Test("an outcome of another call, or of an unknown intent, is refused before it is written")
    func foreignOutcome() async throws {
        let fixture = try Fixture()
        let recorded = try await fixture.log.recordIntent(
            try fixture.authorized(try Fixture.call()), context: Fixture.context())
        let index = recorded.intent.index
        let foreign = IntentReceipt(call: Fixture.id(99), index: index)
        let facts = try Fixture.ended()
        await #expect(throws: AuditError.intentNotOpen(index: index)) {
            _ = try await fixture.log.recordOutcome(of: foreign, facts, answering: Fixture.draft)
        }
        await #expect(throws: AuditError.intentNotOpen(index: 7)) {
            _ = try await fixture.log.recordOutcome(
                of: IntentReceipt(call: Fixture.id(1), index: 7), facts, answering: Fixture.draft)
        }
        #expect(fixture.store.leaves.count == 1)
    }

    @Test("a denial stands when its record fails, and the gap says how many were lost", arguments: failures)
    func denial(failure: MemoryAuditStore.Failure) async throws {
        let fixture = try Fixture()
        fixture.store.setOutage(failure)
        for number in 1...3 as ClosedRange<UInt64> {
            let facts = DenialFacts(
                try Fixture.call(number), stage: .grant, reason: "no_grant", context: Fixture.context())
            let response = await fixture.log.recordDenial(facts, answering: Fixture.draft)
            #expect(response.draft.status == 200)
            fixture.clock.advance(by: Seconds(1))
        }
        fixture.store.setOutage(nil)
        await fixture.log.flushCoalesced(now: fixture.clock.now())
        let gap = try #require(try fixture.entries().last)
        #expect(gap.type == .logGap)
        #expect(gap.document.member("derived")?.member("lost")?["call.denied"]?.integer == 3)
        #expect(gap.text("derived", "first_t") == "2026-11-22T19:00:00.000000Z")
        #expect(gap.text("derived", "last_t") == "2026-11-22T19:00:02.000000Z")
    }

    @Test("a gap that cannot be written is kept, with what is lost in the meantime")
    func gapIsKept() async throws {
        let fixture = try Fixture()
        fixture.store.setOutage(.failBeforeWrite)
        await fixture.log.note(.logClosed(reason: "x"))
        await fixture.log.flushCoalesced(now: fixture.clock.now())
        await fixture.log.note(.logClosed(reason: "x"))
        fixture.store.setOutage(nil)
        await fixture.log.flushCoalesced(now: fixture.clock.now())
        let gap = try #require(try fixture.entries().last)
        #expect(gap.document.member("derived")?.member("lost")?["log.closed"]?.integer == 2)
        await fixture.log.flushCoalesced(now: fixture.clock.now())
        #expect(fixture.store.leaves.count == 1, "a gap is written once")
    }

    @Test("gaps are written at most once a minute, unless the log closes")
    func gapInterval() async throws {
        let fixture = try Fixture()
        func loseOne() async {
            fixture.store.inject(.failBeforeWrite, atAppend: fixture.store.attempts + 1)
            await fixture.log.note(.logClosed(reason: "x"))
        }
        await loseOne()
        await fixture.log.flushCoalesced(now: fixture.clock.now())
        await loseOne()
        fixture.clock.advance(by: Seconds(59))
        await fixture.log.flushCoalesced(now: fixture.clock.now())
        #expect(try fixture.types() == [.logGap])
        await fixture.log.flushCoalesced(now: fixture.clock.now(), everything: true)
        #expect(try fixture.types() == [.logGap, .logGap])
    }

    @Test("refused intents and lists are no gap: the denial that follows is their record")
    func intentsAreNoGap() async throws {
        let fixture = try Fixture()
        fixture.store.setOnReserve(true)
        let authorized = try fixture.authorized(try Fixture.call())
        await #expect(throws: AuditError.reserveReached) {
            _ = try await fixture.log.recordIntent(authorized, context: Fixture.context())
        }
        let list = ListFacts(
            principal: try Fixture.principal(), upstream: try Fixture.upstream(), shown: [], hidden: 1,
            context: Fixture.context())
        await #expect(throws: AuditError.reserveReached) {
            _ = try await fixture.log.recordList(list, answering: Fixture.draft)
        }
        await fixture.log.flushCoalesced(now: fixture.clock.now())
        #expect(fixture.store.leaves.isEmpty)
    }

    @Test("on the reserve, intents, lists, streams and strangers' failures are refused, everything else is written")
    func reserve() async throws {
        let fixture = try await EveryRecord.log()
        let entries = fixture.store.entries
        for (index, entry) in try fixture.entries().enumerated() {
            let isRefused = [.callIntent, .listFiltered, .streamOpened, .authenticationFailed].contains(entry.type)
            #expect(entries[index].isEssential == !isRefused, "\(entry.type)")
        }
    }

    @Test("an event that fails is thrown, and counted", arguments: failures)
    func event(failure: MemoryAuditStore.Failure) async throws {
        let fixture = try Fixture()
        fixture.store.inject(failure, atAppend: 1)
        await #expect(throws: AuditError.self) { _ = try await fixture.log.recordEvent(.logClosed(reason: "x")) }
        await #expect(throws: Never.self) {
            _ = try await fixture.log.record(.logClosed(reason: "y"), answering: Fixture.draft)
        }
        await fixture.log.flushCoalesced(now: fixture.clock.now())
        #expect(try fixture.types().suffix(2) == [.logClosed, .logGap])
    }
}

extension Fixture {
    func scan() throws -> OpenIntents {
        var scan = OpenIntents()
        for (index, leaf) in store.leaves.enumerated() { try scan.take(leaf, at: UInt64(index)) }
        return scan
    }
}
