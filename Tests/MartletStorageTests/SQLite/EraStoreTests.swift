import MartletCore
import Testing

@testable import MartletStorage

@Suite("Eras of upstreams in SQLite")
struct EraStoreTests {
    private func pin(_ upstream: String, _ address: UInt8, _ era: String) throws -> SQLiteEraStore.Pin {
        SQLiteEraStore.Pin(
            upstream: try #require(UpstreamID(upstream)), address: Digest(of: [address]), era: era)
    }

    @Test("the last pin of each upstream comes back after a restart")
    func keeps() async throws {
        let folder = try TemporaryFolder()
        let database = try StateDatabase.open(path: folder.database)
        let store = SQLiteEraStore(database)
        #expect(try await store.pins() == [])
        let now = UnixTime(seconds: 1_795_374_000)
        try await store.keep(try pin("erp", 1, "2026-07-28"), now: now)
        try await store.keep(try pin("crm", 2, "2025-11-25"), now: now)
        try await store.keep(try pin("erp", 3, "2025-11-25"), now: now)
        try database.close()
        let reopened = SQLiteEraStore(try StateDatabase.open(path: folder.database))
        #expect(try await reopened.pins() == [try pin("crm", 2, "2025-11-25"), try pin("erp", 3, "2025-11-25")])
    }
}
