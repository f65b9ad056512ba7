import MartletAudit
import MartletTransparency
import Testing

@testable import MartletStorage

@Suite("a sink's reading of the log")
struct SinkReaderTests {
    private static let origin = LogFixture.origin
    private static let all = BatchLimits(records: 10_000, bytes: 1 << 30)

    private func reader(_ disk: any SegmentFiles) -> SinkReader {
        SinkReader(log: "log", origin: Self.origin, files: disk)
    }

    private func log(_ count: Int, on disk: SimulatedDisk = SimulatedDisk()) async throws -> SimulatedDisk {
        let store = try LogFixture.open("log", files: disk).store
        try await LogFixture.append(0..<count, to: store, bytes: 300)
        store.close()
        return disk
    }

    @Test(
        "gives every record once, in order, in batches of any size, over several segments", arguments: [1, 7, 50, 500])
    func batches(size: Int) async throws {
        let disk = try await log(200)
        var reader = reader(disk)
        try reader.start(at: .start(of: Self.origin))
        var seen: [ExportedRecord] = []
        while true {
            let batch = try reader.next(BatchLimits(records: size, bytes: 1 << 30), below: 200)
            if batch.isEmpty { break }
            #expect(batch.count <= size)
            seen += batch
        }
        #expect(seen.map(\.index) == Array(0..<200))
        #expect(seen.map(\.leaf) == LogFixture.expected(0..<200, bytes: 300).map(\.leaf))
        #expect(seen.allSatisfy { $0.hash == .leaf($0.leaf) && $0.origin == Self.origin })
    }

    @Test("goes on from any cursor, in the middle of a batch or of a segment too", arguments: [0, 1, 49, 50, 133, 200])
    func cursors(next: UInt64) async throws {
        let disk = try await log(200)
        var reader = reader(disk)
        try reader.start(at: try cursor(at: next, of: disk))
        #expect(try reader.next(Self.all, below: 200).map(\.index) == Array(next..<200))
        #expect(reader.cursor == (try cursor(at: 200, of: disk)))
    }

    @Test("gives nothing that is not durable")
    func durable() async throws {
        var reader = reader(try await log(20))
        try reader.start(at: .start(of: Self.origin))
        #expect(try reader.next(Self.all, below: 8).map(\.index) == Array(0..<8))
        #expect(try reader.next(Self.all, below: 8).isEmpty)
        #expect(try reader.next(Self.all, below: 9).map(\.index) == [8])
    }

    @Test("a batch ends before the leaf that makes it too large, and a larger one goes alone")
    func bytes() async throws {
        var reader = reader(try await log(10))
        try reader.start(at: .start(of: Self.origin))
        #expect(try reader.next(BatchLimits(records: 100, bytes: 899), below: 10).count == 2)
        #expect(try reader.next(BatchLimits(records: 100, bytes: 900), below: 10).count == 3)
        #expect(try reader.next(BatchLimits(records: 100, bytes: 1), below: 10).count == 1)
    }

    @Test("refuses a log that ends before the cursor, by its size")
    func beyondEnd() async throws {
        let cursor = try cursor(at: 60, of: try await log(60))
        var reader = reader(try await log(40))
        #expect(throws: SinkRefusal.beyondEnd(cursor: 60, size: 40)) { try reader.start(at: cursor) }
        var empty = self.reader(SimulatedDisk())
        #expect(throws: SinkRefusal.beyondEnd(cursor: 60, size: 0)) { try empty.start(at: cursor) }
    }

    @Test("refuses a log with other records before the cursor, and one of another name")
    func otherRecords() async throws {
        let disk = try await log(60)
        let wrong = SinkCursor(origin: Self.origin, next: 60, root: .leaf([1]))
        var reader = reader(disk)
        #expect(throws: SinkRefusal.otherRecords(cursor: 60)) { try reader.start(at: wrong) }
        let foreign = SinkCursor(origin: "log.test/b", next: 0, root: .empty)
        #expect(throws: SinkRefusal.otherLog(origin: "log.test/b")) { try reader.start(at: foreign) }
    }

    @Test("says how many records the log has")
    func size() async throws {
        var reader = reader(try await log(123))
        #expect(try reader.skipToEnd() == 123)
    }

    private func cursor(at next: UInt64, of disk: SimulatedDisk) throws -> SinkCursor {
        var tree = MerkleFrontier()
        for record in try LogFixture.records("log", files: disk).prefix(Int(next)) { tree.append(.leaf(record.leaf)) }
        return SinkCursor(origin: Self.origin, next: next, root: tree.root)
    }
}
