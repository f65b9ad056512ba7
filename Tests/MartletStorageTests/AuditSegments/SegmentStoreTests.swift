import MartletAudit
import MartletStorage
import MartletTesting
import MartletTransparency
import Testing

@Suite("audit log on disk")
struct SegmentStoreTests {
    @Test("keeps the contract of every audit store", arguments: AuditStoreContract.allCases)
    func contract(rule: AuditStoreContract) async throws {
        let folder = try TemporaryFolder()
        let store = try LogFixture.open(folder.path, LogFixture.settings(segmentBytes: 256 << 10)).store
        try await rule.check(store) {
            store.close()
            return try LogFixture.records(folder.path).map { ($0.leaf, $0.payload) }
        }
    }

    @Test("the store in memory keeps the same contract", arguments: AuditStoreContract.allCases)
    func contractInMemory(rule: AuditStoreContract) async throws {
        let store = MemoryAuditStore()
        try await rule.check(store) { store.entries.map { ($0.leaf, $0.payload) } }
    }

    @Test("after close and open the records are the same and the indexes go on")
    func reopen() async throws {
        let folder = try TemporaryFolder()
        let (first, made) = try LogFixture.open(folder.path)
        #expect(made.isNew && made.size == 0 && made.root == .empty)
        try await LogFixture.append(0..<40, to: first)
        first.close()
        let (second, report) = try LogFixture.open(folder.path)
        #expect(!report.isNew && !report.wasInterrupted && report.quarantined == nil)
        #expect(report.size == 40)
        try await LogFixture.append(40..<50, to: second)
        second.close()
        #expect(try LogFixture.records(folder.path) == LogFixture.expected(0..<50))
    }

    @Test("opening hands every record to whoever rebuilds state from the log")
    func visit() async throws {
        let folder = try TemporaryFolder()
        let first = try LogFixture.open(folder.path).store
        try await LogFixture.append(0..<9, to: first)
        first.close()
        var seen: [SegmentRecord] = []
        let second = try SegmentStore.open(directory: folder.path, settings: LogFixture.settings()) {
            seen.append($0.record)
        }
        second.store.close()
        #expect(seen == LogFixture.expected(0..<9))
    }

    @Test("a full segment is followed by the next, and a record never spans two")
    func roll() async throws {
        let disk = SimulatedDisk()
        let store = try LogFixture.open("log", files: disk).store
        try await LogFixture.append(0..<30, to: store, bytes: 3000)
        store.close()
        let summary = try SegmentReader(directory: "log", files: disk).verify()
        #expect(summary.segments == 10)
        #expect(summary.size == 30)
        #expect(try LogFixture.records("log", files: disk) == LogFixture.expected(0..<30, bytes: 3000))
    }

    @Test("the largest entry fills a segment, one byte more is refused", arguments: [(0, true), (1, false)])
    func largestEntry(extra: Int, fits: Bool) async throws {
        let store = try LogFixture.open("log", files: SimulatedDisk()).store
        let room = 16 * 1024 - 4096 - 53 - 17 - 17
        let entry = AuditEntry(
            leaf: [1], payload: [UInt8](repeating: 2, count: room - 1 + extra), isEssential: true)
        if fits {
            #expect(try await store.append(entry) == 0)
            #expect(try await store.append(entry) == 1)
        } else {
            await #expect(throws: AuditError.leafTooLarge(bytes: room + extra + 34)) { try await store.append(entry) }
        }
        store.close()
    }

    @Test("the checkpoint at the end states the whole log and is signed by the key beside it")
    func checkpoint() async throws {
        let disk = SimulatedDisk()
        let store = try LogFixture.open("log", files: disk).store
        try await LogFixture.append(0..<11, to: store)
        store.close()
        let note = String(decoding: disk["log/checkpoint"], as: UTF8.self)
        let key = String(decoding: disk["log/checkpoint.vkey"].dropLast(), as: UTF8.self)
        let verifier = try #require(NoteVerifier(key))
        let checkpoint = try #require(Checkpoint(note: try verifier.verify(note)))
        #expect(checkpoint.origin == LogFixture.origin)
        #expect(checkpoint.size == 11)
        #expect(checkpoint.root == root(LogFixture.expected(0..<11).map(\.leaf)))
    }

    private func root(_ leaves: [[UInt8]]) -> MerkleHash {
        var frontier = MerkleFrontier()
        for leaf in leaves { frontier.append(.leaf(leaf)) }
        return frontier.root
    }

    @Test("after close nothing is taken, and a second close does nothing")
    func closed() async throws {
        let store = try LogFixture.open("log", files: SimulatedDisk()).store
        store.close()
        store.close()
        await #expect(throws: AuditError.closed) { try await store.append(LogFixture.entry(0)) }
    }

    @Test(
        "settings that leave no room are refused",
        arguments: [
            (4096, 1), (16 << 10, 0), (2 << 30, 1),
        ])
    func settings(segmentBytes: Int, spares: Int) {
        #expect(throws: SegmentError.invalidSettings) {
            try LogFixture.open(
                "log", LogFixture.settings(segmentBytes: segmentBytes, spares: spares), files: SimulatedDisk())
        }
    }

    @Test("the signing key is readable by its owner only")
    func keyMode() throws {
        let folder = try TemporaryFolder()
        try LogFixture.open(folder.path).store.close()
        #expect(try folder.mode(of: "checkpoint.key") == 0o600)
        #expect(try folder.mode(of: "segments/00000000.seg") == 0o600)
    }

    @Test("a log can be verified while it is written")
    func readerBesideWriter() async throws {
        let folder = try TemporaryFolder()
        let store = try LogFixture.open(folder.path).store
        try await LogFixture.append(0..<25, to: store)
        let summary = try SegmentReader(directory: folder.path).verify()
        #expect(summary.size == 25)
        #expect(summary.tail == nil)
        #expect(try SegmentReader(directory: folder.path).record(at: 24) == LogFixture.expected(24..<25)[0])
        #expect(try SegmentReader(directory: folder.path).record(at: 25) == nil)
        store.close()
    }
}
