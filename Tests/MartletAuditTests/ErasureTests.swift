import MartletApproval
import MartletCore
import MartletJSON
import MartletRecords
import MartletTesting
import Testing

@testable import MartletAudit

/// A log with sealed values of two people, and the eraser beside it.
private struct Erasing {
    let fixture: Fixture
    let eraser: Eraser
    let approvals: MemoryApprovalStore

    init(_ fixture: Fixture, _ approvals: MemoryApprovalStore = MemoryApprovalStore()) throws {
        self.fixture = fixture
        self.approvals = approvals
        var found = Erasures()
        for entry in try fixture.entries() { found.take(entry) }
        eraser = Eraser(
            audit: fixture.log, store: fixture.keyStore, vault: fixture.vault,
            approvals: ApprovalDesk(store: approvals), found: found,
            random: SeededRandom(seed: UInt64(fixture.store.attempts) &+ 5))
    }

    static func log() async throws -> Erasing {
        let fixture = try Fixture()
        try await fixture.complete(try Fixture.call(1))
        try await fixture.complete(try Fixture.call(2, by: try Fixture.principal(user: "bob")))
        return try Erasing(fixture)
    }

    static func order(_ name: String = "alice", issuer: String? = nil, quarter: String? = nil) throws -> ErasureOrder {
        ErasureOrder(
            name: try Fixture.subject(name), issuer: issuer, quarter: quarter.flatMap { Quarter($0) }, matter: "T-17",
            reason: "GDPR Art. 17(1)(b)", by: LocalPeer(user: 1000, process: 7))
    }

    static func hold(_ name: String? = "alice") throws -> HoldOrder {
        HoldOrder(
            name: try name.map(Fixture.subject), issuer: nil, matter: "C-7", by: LocalPeer(user: 1000, process: 8))
    }

    func survey() throws -> KeySurvey {
        var keys = SealedKeys()
        for entry in try fixture.entries() { keys.take(entry) }
        let stored = fixture.keyStore.keys
        return KeySurvey(keys, root: fixture.root) { id in
            stored.first { $0.id == id }.map(ReadingKeys.Stored.wrapped) ?? .absent
        }
    }
}

struct ErasureTests {
    @Test("a request is recorded, the keys are destroyed, that is recorded, and the others' values stay")
    func erases() async throws {
        let erasing = try await Erasing.log()
        let (fixture, keys) = (erasing.fixture, erasing.fixture.keyStore.keys)
        let report = try await erasing.eraser.erase(try Erasing.order())
        #expect(report.facts.keys == [keys[0].id])
        #expect(fixture.keyStore.keys == [keys[1]])
        #expect(try fixture.types().suffix(2) == [.erasureRequested, .erasureExecuted])
        #expect(fixture.findings().isEmpty)
        let executed = try #require(try fixture.entries().last)
        #expect(
            executed.document.member("derived")?.member("keys")?.elements.compactMap(\.string) == [keys[0].id.rawValue])
        #expect(executed.integer("derived", "requested") == Int64(report.requested))
        #expect(executed.text("asserted", "reason") == "GDPR Art. 17(1)(b)")
        #expect(executed.text("derived", "subject") == keys[0].pseudonym.rawValue)
        #expect(!String(decoding: executed.leaf, as: UTF8.self).contains("alice"))
        let words = try fixture.entries().prefix(4).map {
            fixture.keys(fixture.root).word($0, fixture.store.entries[Int($0.index)].payload)
        }
        #expect(words == ["erased", "erased", "opened", "opened"])
        let survey = try erasing.survey()
        #expect(survey.findings.isEmpty)
        #expect((survey.kept, survey.destroyed) == (1, 1))
    }

    @Test("what the erased one asked for is closed under the old name, and its arguments go")
    func approvals() async throws {
        let erasing = try await Erasing.log()
        let request = try ApprovalFixture.request(opened: erasing.fixture.clock.now())
        _ = try await erasing.approvals.openOrFind(request, limits: PendingLimits())
        let pseudonym = try await erasing.fixture.recorded("alice")
        let report = try await erasing.eraser.erase(try Erasing.order())
        #expect(report.facts.approvals == 1)
        let types: [RecordType] = [.approvalExpired, .erasureRequested, .erasureExecuted]
        #expect(try erasing.fixture.types().suffix(3) == types[...])
        let expired = try #require(try erasing.fixture.entries().first { $0.type == .approvalExpired })
        #expect(expired.user == pseudonym)
        #expect(try erasing.fixture.entries().last?.integer("derived", "approvals") == 1)
        let left = try #require(try await erasing.approvals.load(request.ticket))
        #expect(left.subject.arguments == "\"[erased]\"" && left.state.name == .expired && !left.isUnrecorded)
        #expect(left.subject.user?.rawValue == "erased")
    }

    @Test("when approvals cannot be closed nothing is destroyed; when they cannot be cleared the next start does it")
    func approvalsFail() async throws {
        let erasing = try await Erasing.log()
        let request = try ApprovalFixture.request(opened: erasing.fixture.clock.now())
        _ = try await erasing.approvals.openOrFind(request, limits: PendingLimits())
        erasing.approvals.inject(.beforeWrite(.full))
        await #expect(throws: ErasureError.self) { _ = try await erasing.eraser.erase(try Erasing.order()) }
        #expect(erasing.fixture.keyStore.keys.count == 2)
        #expect(try !erasing.fixture.types().contains(.erasureRequested))
        // Closing takes two writes, the end and the note of its record; the third clears.
        erasing.approvals.inject(.beforeWrite(.full), atWrite: 3)
        await #expect(throws: ErasureError.self) { _ = try await erasing.eraser.erase(try Erasing.order()) }
        #expect(erasing.fixture.keyStore.keys.count == 2)
        #expect(try erasing.fixture.types().last == .erasureRequested)
        let later = try Erasing(erasing.fixture, erasing.approvals)
        #expect(try await later.eraser.finish().finished.first?.facts.approvals == 1)
        let left = try await erasing.approvals.load(request.ticket)
        #expect(left?.subject.arguments == "\"[erased]\"")
        #expect(erasing.fixture.keyStore.keys.count == 1)
    }

    @Test("whoever is erased comes back under another key and another pseudonym")
    func comesBack() async throws {
        let erasing = try await Erasing.log()
        let old = erasing.fixture.keyStore.keys[0]
        _ = try await erasing.eraser.erase(try Erasing.order())
        try await erasing.fixture.complete(try Fixture.call(3))
        let new = try #require(erasing.fixture.keyStore.keys.last)
        #expect(new.id != old.id)
        #expect(new.pseudonym != old.pseudonym)
        let last = try #require(try erasing.fixture.entries().last)
        #expect(
            erasing.fixture.keys(erasing.fixture.root).word(last, erasing.fixture.store.entries.last?.payload)
                == "opened")
    }

    @Test("the outcome of a call that was running is never readable: its key is gone")
    func running() async throws {
        let erasing = try await Erasing.log()
        let fixture = erasing.fixture
        let recorded = try await fixture.log.recordIntent(
            try fixture.authorized(try Fixture.call(3)), context: Fixture.context())
        _ = try await erasing.eraser.erase(try Erasing.order())
        _ = try await fixture.log.recordOutcome(
            of: recorded.intent, try Fixture.ended(result: "{}"), answering: Fixture.draft)
        let last = try #require(try fixture.entries().last)
        #expect(fixture.keys(fixture.root).word(last, fixture.store.entries.last?.payload) == "erased")
        #expect(try erasing.survey().findings.isEmpty)
    }

    @Test("only the quarter that is asked for is erased, and the subject stays known")
    func quarter() async throws {
        let erasing = try await Erasing.log()
        erasing.fixture.clock.advance(by: .days(92))
        try await erasing.fixture.complete(try Fixture.call(3))
        let report = try await erasing.eraser.erase(try Erasing.order(quarter: "2026-Q4"))
        #expect(report.facts.keys.count == 1)
        #expect(erasing.fixture.keyStore.keys.map(\.quarter.description).sorted() == ["2026-Q4", "2027-Q1"])
        await #expect(throws: ErasureError.nothingToErase) {
            _ = try await erasing.eraser.erase(try Erasing.order(quarter: "2026-Q4"))
        }
    }

    @Test("an unknown name, and one that several issuers know, is refused; with its issuer it is not")
    func names() async throws {
        let erasing = try await Erasing.log()
        let other = Principal(
            agent: try Fixture.subject("finance-bot"), role: try Fixture.principal().role,
            user: try Fixture.subject("alice"), issuer: "https://other.test", actors: [],
            credential: try Fixture.principal().credential)
        try await erasing.fixture.complete(try Fixture.call(3, by: other))
        await #expect(throws: ErasureError.unknownSubject) {
            _ = try await erasing.eraser.erase(try Erasing.order("carol"))
        }
        await #expect(throws: ErasureError.ambiguous(issuers: ["https://issuer.test", "https://other.test"])) {
            _ = try await erasing.eraser.erase(try Erasing.order())
        }
        let report = try await erasing.eraser.erase(try Erasing.order(issuer: "https://other.test"))
        #expect(report.facts.keys.count == 1)
        #expect(erasing.fixture.keyStore.keys.count == 2)
    }

    @Test("while a hold is on nothing is destroyed, and the refusal is recorded", arguments: ["alice", nil])
    func held(name: String?) async throws {
        let erasing = try await Erasing.log()
        let before = erasing.fixture.keyStore.keys
        let hold = try await erasing.eraser.place(try Erasing.hold(name))
        await #expect(throws: ErasureError.held(record: 5, holds: [hold])) {
            _ = try await erasing.eraser.erase(try Erasing.order())
        }
        #expect(erasing.fixture.keyStore.keys == before)
        #expect(try erasing.fixture.types().suffix(2) == [.holdPlaced, .erasureRefused])
        await #expect(throws: ErasureError.holdStands(hold.id)) {
            _ = try await erasing.eraser.place(try Erasing.hold(name))
        }
        _ = try await erasing.eraser.release(try Erasing.hold(name))
        await #expect(throws: ErasureError.noSuchHold) { _ = try await erasing.eraser.release(try Erasing.hold(name)) }
        _ = try await erasing.eraser.erase(try Erasing.order())
        #expect(erasing.fixture.keyStore.keys.count == before.count - 1)
        #expect(erasing.fixture.findings().isEmpty)
    }

    @Test("a hold on one person does not keep another's values, and is still on after a restart")
    func holdsOfOthers() async throws {
        let erasing = try await Erasing.log()
        _ = try await erasing.eraser.place(try Erasing.hold("bob"))
        _ = try await erasing.eraser.erase(try Erasing.order())
        let after = try Erasing(erasing.fixture)
        #expect(after.eraser.holds == erasing.eraser.holds)
        #expect(after.eraser.holds.count == 1)
        await #expect(throws: ErasureError.self) { _ = try await after.eraser.erase(try Erasing.order("bob")) }
    }

    @Test("what cannot be recorded first is not destroyed")
    func notRecorded() async throws {
        let erasing = try await Erasing.log()
        let before = erasing.fixture.keyStore.keys
        erasing.fixture.store.inject(.failBeforeWrite, atAppend: erasing.fixture.store.attempts + 1)
        await #expect(throws: ErasureError.notRecorded(.storeUnavailable(errno: 28))) {
            _ = try await erasing.eraser.erase(try Erasing.order())
        }
        #expect(erasing.fixture.keyStore.keys == before)
    }

    /// Where an erasure can stop: the request was stored and reported as failed, the keys were not destroyed, or they were and
    /// that was not told or not recorded.
    enum Crash: String, CaseIterable, CustomStringConvertible {
        case afterRequest = "after the request"
        case beforeDestruction = "before the keys are destroyed"
        case afterDestruction = "after the keys are destroyed"
        case beforeExecuted = "before that is recorded"

        var description: String { rawValue }

        func inject(_ fixture: Fixture) {
            let next = fixture.store.attempts + 1
            switch self {
            case .afterRequest: fixture.store.inject(.failAfterWrite, atAppend: next)
            case .beforeDestruction: fixture.keyStore.inject(.failBeforeWrite, atWrite: fixture.keyStore.writes + 1)
            case .afterDestruction: fixture.keyStore.inject(.failAfterWrite, atWrite: fixture.keyStore.writes + 1)
            case .beforeExecuted: fixture.store.inject(.failBeforeWrite, atAppend: next + 1)
            }
        }
    }

    @Test("an erasure that stopped anywhere is finished by the next start, once", arguments: Crash.allCases)
    func crash(_ crash: Crash) async throws {
        let erasing = try await Erasing.log()
        let alice = erasing.fixture.keyStore.keys[0]
        crash.inject(erasing.fixture)
        await #expect(throws: ErasureError.self) { _ = try await erasing.eraser.erase(try Erasing.order()) }
        let survey = try erasing.survey()
        #expect(survey.findings.isEmpty, "what is gone is explained by the request")
        #expect(survey.unconfirmed.count == survey.destroyed)

        let next = try Erasing(erasing.fixture)
        let (finished, again) = try await next.eraser.finish()
        #expect(finished.map(\.facts.keys) == [[alice.id]])
        #expect(again == 0)
        #expect(!erasing.fixture.keyStore.keys.contains(alice))
        #expect(try erasing.fixture.types().last == .erasureExecuted)
        #expect(try next.survey().unconfirmed.isEmpty)
        #expect(erasing.fixture.findings().isEmpty)
        #expect(try await Erasing(erasing.fixture).eraser.finish().finished.isEmpty)
    }

    @Test("a hold that came before the next start stops an erasure that did not get that far")
    func heldBeforeRestart() async throws {
        let erasing = try await Erasing.log()
        let before = erasing.fixture.keyStore.keys
        Crash.beforeDestruction.inject(erasing.fixture)
        await #expect(throws: ErasureError.self) { _ = try await erasing.eraser.erase(try Erasing.order()) }
        _ = try await erasing.eraser.place(try Erasing.hold())
        let next = try Erasing(erasing.fixture)
        #expect(try await next.eraser.finish().finished.isEmpty)
        #expect(erasing.fixture.keyStore.keys == before)
        #expect(try erasing.fixture.types().last == .erasureRefused)
        #expect(try next.survey().findings.isEmpty)
    }

    @Test("what a hold covers stays as an older vault has brought it back")
    func olderVaultUnderHold() async throws {
        let erasing = try await Erasing.log()
        let before = erasing.fixture.keyStore.keys
        _ = try await erasing.eraser.erase(try Erasing.order())
        _ = try await erasing.eraser.place(try Erasing.hold(nil))
        erasing.fixture.keyStore.restore(before)
        let held = try Erasing(erasing.fixture, erasing.approvals)
        #expect(try await held.eraser.finish().destroyedAgain == 0 && erasing.fixture.keyStore.keys == before)
        _ = try await held.eraser.release(try Erasing.hold(nil))
        let free = try Erasing(erasing.fixture, erasing.approvals)
        #expect(try await free.eraser.finish().destroyedAgain == 1)
    }

    @Test("keys that come back with an older vault are a fault, and the next start destroys them again")
    func olderVault() async throws {
        let erasing = try await Erasing.log()
        let before = erasing.fixture.keyStore.keys
        _ = try await erasing.eraser.erase(try Erasing.order())
        erasing.fixture.keyStore.restore(before)
        #expect(try erasing.survey().findings.map { $0.text.contains("is there again") } == [true])
        let (finished, again) = try await Erasing(erasing.fixture).eraser.finish()
        #expect(finished.isEmpty)
        #expect(again == 1)
        #expect(erasing.fixture.keyStore.keys == [before[1]])
    }

    @Test("a key that is gone without a record is missing, unexplained; a damaged one is named")
    func unexplained() async throws {
        let erasing = try await Erasing.log()
        let (fixture, keys) = (erasing.fixture, erasing.fixture.keyStore.keys)
        fixture.keyStore.restore([keys[1]])
        let survey = try erasing.survey()
        #expect(survey.findings.map { $0.text.contains("missing, unexplained") } == [true])
        let entry = try #require(try fixture.entries().first)
        #expect(fixture.keys(fixture.root).word(entry, fixture.store.entries[0].payload) == "key missing")
        #expect(fixture.keys(fixture.root).absence(of: keys[0].id) == "key missing, unexplained")
        let broken = WrappedKey(
            id: keys[0].id, pseudonym: keys[0].pseudonym, quarter: keys[0].quarter, root: keys[0].root,
            bytes: keys[0].bytes.dropLast() + [keys[0].bytes[60] ^ 1])
        fixture.keyStore.restore([broken, keys[1]])
        #expect(try erasing.survey().findings.first?.text.contains("is damaged") == true)
        #expect(fixture.keys(fixture.root).word(entry, fixture.store.entries[0].payload) == "contradicts")
    }

    @Test("records of an erasure that contradict each other are found")
    func contradictions() async throws {
        let erasing = try await Erasing.log()
        _ = try await erasing.eraser.place(try Erasing.hold("bob"))
        _ = try await erasing.eraser.erase(try Erasing.order())
        let leaves = erasing.fixture.store.leaves
        // The request is not there.
        var fewer = leaves
        fewer.remove(at: 5)
        #expect(erasing.fixture.findings(fewer).map(\.rule) == [.erasureRequestedFirst])
        // The hold is on everybody.
        let pseudonym = erasing.fixture.keyStore.keys[0].pseudonym
        let other = try #require(leaves.firstIndex { String(decoding: $0, as: UTF8.self).contains("hold.placed") })
        var held = leaves
        held[other] = edited(leaves[other], #""all":false,"subject":"\#(pseudonym)""#, #""all":true"#)
        #expect(erasing.fixture.findings(held).map(\.rule) == [.heldIsNotErased, .heldIsNotErased])
        // A hold ends that was never placed.
        _ = try await erasing.eraser.release(try Erasing.hold("bob"))
        var released = erasing.fixture.store.leaves
        released.remove(at: other)
        #expect(erasing.fixture.findings(released).map(\.rule) == [.holdReleasedOnce])
    }
}
