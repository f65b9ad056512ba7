import MartletAuthn
import MartletCore
import MartletTesting
import Testing

@testable import MartletStorage

@Suite("Grants and revocations in SQLite")
struct GrantAndRevocationTests {
    let folder: TemporaryFolder
    let database: StateDatabase

    init() throws {
        folder = try TemporaryFolder()
        database = try StateDatabase.open(path: folder.database)
    }

    private func at(_ seconds: Int) -> UnixTime { UnixTime(seconds: 1_795_374_000 + Int64(seconds)) }

    @Test("the first sight of a grant never moves, over restarts and absences")
    func firstSight() async throws {
        let grants = SQLiteGrantStore(database)
        let first = try await grants.firstSights(of: ["a", "b"], now: at(0))
        #expect(first["a"] == SQLiteGrantStore.FirstSight(at: at(0), isNew: true))
        _ = try await grants.firstSights(of: ["b"], now: at(10))
        try database.close()
        let reopened = SQLiteGrantStore(try StateDatabase.open(path: folder.database))
        let later = try await reopened.firstSights(of: ["a", "c"], now: at(20))
        #expect(later["a"] == SQLiteGrantStore.FirstSight(at: at(0), isNew: false))
        #expect(later["c"] == SQLiteGrantStore.FirstSight(at: at(20), isNew: true))
        #expect(later.count == 2)
    }

    @Test("a first sight is not moved back by a clock that was set back")
    func clockSetBack() async throws {
        let grants = SQLiteGrantStore(database)
        _ = try await grants.firstSights(of: ["a"], now: at(100))
        #expect(try await grants.firstSights(of: ["a"], now: at(-100))["a"]?.at == at(100))
    }

    @Test("every kind of revocation comes back after a restart, and ends at its end")
    func revocations() async throws {
        let store = SQLiteRevocationStore(database)
        let all = [
            KeptRevocation(.tokenID("t-1 '; --"), revoked: at(0), until: at(100)),
            KeptRevocation(.subject(try ApprovalFixture.subject("finance-bot")), revoked: at(1), until: at(200)),
            KeptRevocation(.digest(Digest(of: [1])), revoked: at(2), until: at(300)),
        ]
        for kept in all { try await store.keep(kept) }
        try database.close()
        let reopened = SQLiteRevocationStore(try StateDatabase.open(path: folder.database))
        #expect(try await reopened.holding(at: at(99)) == all)
        #expect(try await reopened.holding(at: at(100)) == Array(all.dropFirst()))
        #expect(try await reopened.forget(endedAt: at(200)) == 2)
        #expect(try await reopened.holding(at: at(0)) == [all[2]])
    }

    @Test("revoking again can make it longer, never shorter", arguments: [(50, 100), (100, 100), (150, 150)])
    func again(seconds: Int, end: Int) async throws {
        let store = SQLiteRevocationStore(database)
        for until in [100, seconds] {
            try await store.keep(KeptRevocation(.tokenID("t-1"), revoked: at(until), until: at(until)))
        }
        let kept = KeptRevocation(.tokenID("t-1"), revoked: at(100), until: at(end))
        #expect(try await store.holding(at: at(0)) == [kept])
    }

    @Test("a revocation taken back is gone, another kind of the same name stays")
    func takenBack() async throws {
        let store = SQLiteRevocationStore(database)
        let subject = try ApprovalFixture.subject("x")
        try await store.keep(KeptRevocation(.tokenID("x"), revoked: at(0), until: at(100)))
        try await store.keep(KeptRevocation(.subject(subject), revoked: at(0), until: at(100)))
        #expect(try await store.remove(.tokenID("x")))
        #expect(try await !store.remove(.tokenID("x")))
        #expect(try await store.holding(at: at(0)).map(\.revocation) == [.subject(subject)])
    }
}
