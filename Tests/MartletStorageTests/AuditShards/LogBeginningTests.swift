import MartletAudit
import MartletCore
import Testing

@testable import MartletStorage

@Suite("the beginning of a log")
struct LogBeginningTests {
    @Test("says when its first record was written, as far as that says it")
    func beginning() async throws {
        let state = try TemporaryFolder()
        let shard = LogShard(number: 1, directory: state.path + "/audit")
        let store = try LogFixture.open(shard.directory).store
        #expect(try shard.beginning() == nil)
        _ = try await store.append(
            AuditEntry(leaf: Array(#"{"t":"2026-11-22T19:00:00Z"}"#.utf8), payload: nil, isEssential: false))
        try await LogFixture.append(1..<3, to: store)
        #expect(try shard.beginning() == UnixTime(rfc3339: "2026-11-22T19:00:00Z"))
    }
}
