import MartletAudit
import MartletCore
import MartletJSON
import MartletTesting
import Testing

struct RecoveryTests {
    private func crashed() async throws -> Fixture {
        let fixture = try Fixture()
        try await fixture.complete(try Fixture.call(1))
        for number in [2, 3] as [UInt64] {
            _ = try await fixture.log.recordIntent(
                try fixture.authorized(try Fixture.call(number)), context: Fixture.context())
        }
        return fixture
    }

    @Test("each intent without an outcome becomes exactly one call.in_doubt, over any number of restarts")
    func idempotence() async throws {
        let fixture = try await crashed()
        #expect(try fixture.scan().open.map(\.call) == [Fixture.id(2), Fixture.id(3)])
        #expect(try await fixture.log.resolve(try fixture.scan()) == 2)
        for _ in 0..<3 { #expect(try await fixture.log.resolve(try fixture.scan()) == 0) }
        let doubts = try fixture.entries().filter { $0.type == .callInDoubt }
        #expect(doubts.map(\.intent) == [2, 3])
        #expect(doubts.map(\.reason) == ["no_outcome_before_restart", "no_outcome_before_restart"])
        #expect(fixture.findings() == [])
    }

    @Test("a recovery that fails midway is finished by the next", arguments: StoreFailureTests.failures)
    func interrupted(failure: MemoryAuditStore.Failure) async throws {
        let fixture = try await crashed()
        fixture.store.inject(failure, atAppend: 5)
        let scan = try fixture.scan()
        await #expect(throws: AuditError.self) { _ = try await fixture.log.resolve(scan) }
        _ = try await fixture.log.resolve(try fixture.scan())
        #expect(try fixture.entries().filter { $0.type == .callInDoubt }.map(\.intent) == [2, 3])
        #expect(fixture.findings() == [])
    }

    @Test("an outcome of another call closes nothing")
    func foreignOutcome() async throws {
        let fixture = try await crashed()
        let outcome = try #require(fixture.store.leaves.dropFirst().first)
        var scan = try fixture.scan()
        try scan.take(edited(outcome, #""prev":0"#, #""prev":2"#), at: 4)
        #expect(scan.open.map(\.index) == [2, 3])
    }

    @Test(
        "a denial closes the intent of its call only when it says that the log was down",
        arguments: DenialStage.allCases)
    func denialStages(stage: DenialStage) async throws {
        let fixture = try await crashed()
        let facts = DenialFacts(try Fixture.call(3), stage: stage, reason: "x", context: Fixture.context())
        _ = await fixture.log.recordDenial(facts, answering: Fixture.draft)
        #expect(try fixture.scan().open.map(\.index) == (stage == .audit ? [2] : [2, 3]))
    }

    @Test("a leaf that cannot be read is reported, and stops nothing that follows")
    func unreadable() async throws {
        let fixture = try await crashed()
        var scan = OpenIntents()
        for (index, leaf) in fixture.store.leaves.enumerated() { try scan.take(leaf, at: UInt64(index)) }
        #expect(throws: LeafError(index: 4, problem: .unknownVersion)) { try scan.take(Array("{}".utf8), at: 4) }
        #expect(scan.open.count == 2)
    }

    @Test("a log is closed with the number of calls that have no outcome yet")
    func closing() async throws {
        let fixture = try await crashed()
        _ = try await fixture.log.recordEvent(.logClosed(reason: "signal"))
        let entry = try #require(try fixture.entries().last)
        #expect(entry.document.member("derived")?.member("open_intents")?.integer == 2)
    }
}

/// The leaf with one text replaced by another.
func edited(_ leaf: [UInt8], _ old: String, _ new: String) -> [UInt8] {
    let (text, old, new) = (leaf, Array(old.utf8), Array(new.utf8))
    var output: [UInt8] = []
    var position = 0
    while position < text.count {
        if text[position...].starts(with: old) {
            output += new
            position += old.count
        } else {
            output.append(text[position])
            position += 1
        }
    }
    return output
}
