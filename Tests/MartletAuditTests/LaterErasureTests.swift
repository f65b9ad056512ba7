import MartletApproval
import MartletCore
import MartletTesting
import Testing

@testable import MartletAudit

@Suite("erasures that a later log tells of")
struct LaterErasureTests {
    /// The records of a log that was closed, and those that were written after it.
    private struct Parted {
        let fixture: Fixture
        let closed: SealedKeys
        /// `erasure.requested` and `erasure.executed` of the first key.
        let later: [TimelineEntry]
        let key: KeyID

        init() async throws {
            fixture = try Fixture()
            try await fixture.complete(try Fixture.call(1))
            key = try #require(fixture.keyStore.keys.first).id
            let count = try fixture.entries().count
            let eraser = Eraser(
                audit: fixture.log, store: fixture.keyStore, vault: fixture.vault,
                approvals: ApprovalDesk(store: MemoryApprovalStore()), found: Erasures(), random: SeededRandom(seed: 5))
            _ = try await eraser.erase(
                ErasureOrder(
                    name: try Fixture.subject("alice"), issuer: nil, quarter: nil, matter: "T-17", reason: "asked for",
                    by: LocalPeer(user: 1000, process: 7)))
            var keys = SealedKeys()
            for entry in try fixture.entries().prefix(count) { keys.take(entry) }
            (closed, later) = (keys, Array(try fixture.entries().dropFirst(count)))
        }

        func erasures(_ entries: some Sequence<TimelineEntry>) -> Erasures {
            var erasures = Erasures()
            for entry in entries { erasures.take(entry) }
            return erasures
        }

        func survey(_ later: LaterErasures) -> KeySurvey {
            KeySurvey(closed, later: later, root: fixture.root) { _ in .absent }
        }
    }

    @Test("a key that a later log says was destroyed is explained, and by the number of that log")
    func explained() async throws {
        let parted = try await Parted()
        #expect(parted.survey(LaterErasures()).findings.count == 1)
        var later = LaterErasures()
        later.add(Erasures(), of: 2)
        later.add(parted.erasures(parted.later), of: 3)
        let survey = parted.survey(later)
        #expect(survey.findings.isEmpty && survey.destroyed == 1 && survey.unconfirmed.isEmpty)
        let told = try #require(later.destruction(of: parted.key, after: parted.closed.erasures))
        #expect(told.text.hasSuffix(" at record \(parted.later[1].index) of shard 3"))
        let keys = ReadingKeys(root: parted.fixture.root, erasures: parted.closed.erasures, later: later) { _ in .absent
        }
        #expect(keys.absence(of: parted.key) == told.text)
        let names = NameReader(erasures: parted.closed.erasures, later: later) { _ in .absent }
        let subject = try #require(parted.later[1].text("derived", "subject"))
        #expect(names.text(subject) == "\(subject) (erased)")
    }

    @Test("the log that says that it is done is believed before one that only asks for it")
    func order() async throws {
        let parted = try await Parted()
        let (asked, done) = (parted.erasures(parted.later.prefix(1)), parted.erasures(parted.later))
        var later = LaterErasures()
        #expect(later.destruction(of: parted.key, after: asked)?.isConfirmed == false)
        later.add(asked, of: 2)
        #expect(later.destruction(of: parted.key, after: asked)?.shard == nil)
        #expect(
            later.destruction(of: parted.key, after: Erasures())?.text.hasSuffix(" of shard 2, not confirmed yet")
                == true)
        #expect(parted.survey(later).unconfirmed.count == 1)
        later.add(done, of: 3)
        later.add(done, of: 4)
        #expect(later.destruction(of: parted.key, after: asked)?.shard == 3)
        #expect(later.destruction(of: parted.key, after: done)?.shard == nil)
    }

    @Test("a key that is there again although a later log says that it was destroyed is a finding of its first record")
    func backAgain() async throws {
        let parted = try await Parted()
        var later = LaterErasures()
        later.add(parted.erasures(parted.later), of: 2)
        let wrapped = try #require(try await Self.key())
        let survey = KeySurvey(parted.closed, later: later, root: parted.fixture.root) { _ in .wrapped(wrapped) }
        #expect(survey.findings.map(\.index) == [0])
        #expect(survey.findings.first?.text.contains("was erased and is there again") == true)
    }

    private static func key() async throws -> WrappedKey? {
        let fixture = try Fixture()
        try await fixture.complete(try Fixture.call(1))
        return fixture.keyStore.keys.first
    }
}
