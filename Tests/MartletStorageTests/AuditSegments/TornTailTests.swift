import MartletAudit
import Testing

@testable import MartletStorage

@Suite("a batch that was being written when the writer died")
struct TornTailTests {
    private static let path = "log/segments/00000000.seg"

    /// A log of five leaves as a killed writer leaves it; the checkpoint still says 0.
    static func interrupted() async throws -> SimulatedDisk {
        let disk = SimulatedDisk()
        let store = try LogFixture.open("log", files: disk).store
        try await LogFixture.append(0..<5, to: store)
        let copy = disk.afterPowerLoss(seed: 7)
        store.close()
        return copy
    }

    /// Bytes of the last batch, leaf 4: no payload.
    private static let batch = 17 + 60 + 53
    private static let lost = [UInt8](repeating: 0, count: batch - 40)
    private static let start = 4096 + 2 * (17 + 60 + 17 + 8 + 53) + 2 * (17 + 60 + 53)

    @Test("a batch of which any number of first bytes arrived is cut off and kept, and the log goes on")
    func everyLength() async throws {
        let whole = try await Self.interrupted()
        let good = whole[Self.path]
        for kept in 0..<Self.batch {
            let disk = whole.afterPowerLoss(seed: 1)
            let zeros = [UInt8](repeating: 0, count: good.count - Self.start - kept)
            disk[Self.path] = Array(good[..<(Self.start + kept)]) + zeros
            let (store, report) = try LogFixture.open("log", files: disk)
            #expect(report.size == 4 && report.wasInterrupted)
            var tail = Array(good[Self.start..<(Self.start + kept)])
            while tail.last == 0 { tail.removeLast() }
            if let quarantined = report.quarantined {
                #expect(disk[quarantined.path] == tail)
                #expect(quarantined.tail.offset == Self.start)
            } else {
                #expect(tail.isEmpty)
            }
            #expect(try await store.append(LogFixture.entry(4)) == 4)
            store.close()
            #expect(try LogFixture.records("log", files: disk) == LogFixture.expected(0..<5))
        }
    }

    @Test("a batch of which only the last bytes arrived is cut off, whatever their number")
    func everyHole() async throws {
        let whole = try await Self.interrupted()
        for lost in 1...Self.batch {
            let disk = whole.afterPowerLoss(seed: 1)
            disk[Self.path].replaceSubrange(Self.start..<(Self.start + lost), with: [UInt8](repeating: 0, count: lost))
            let (store, report) = try LogFixture.open("log", files: disk)
            #expect(report.size == 4)
            #expect((report.quarantined == nil) == (lost == Self.batch))
            store.close()
            #expect(try SegmentReader(directory: "log", files: disk).verify().tail == nil)
        }
    }

    @Test("a whole batch that was never acknowledged is kept, and copied to blocks that are synchronised")
    func wholeBatch() async throws {
        let disk = try await Self.interrupted()
        let files = FaultyFiles(disk)
        let (store, report) = try LogFixture.open("log", files: files)
        #expect(report.size == 5 && report.wasInterrupted && report.quarantined == nil)
        #expect(files.calls.contains { $0.operation == .rename && $0.path == Self.path })
        store.close()
        #expect(try LogFixture.records("log", files: disk) == LogFixture.expected(0..<5))
        let again = try LogFixture.open("log", files: disk)
        #expect(!again.report.wasInterrupted)
        again.store.close()
    }

    @Test("a reader names the unfinished batch and verifies what is before it")
    func reader() async throws {
        let disk = try await Self.interrupted()
        disk[Self.path].replaceSubrange((Self.start + 40)..<(Self.start + Self.batch), with: Self.lost)
        let summary = try SegmentReader(directory: "log", files: disk).verify()
        let fault = SegmentFault(segment: "00000000.seg", offset: Self.start, index: 4, kind: .checksumMismatch)
        #expect(summary.size == 4)
        #expect(summary.tail == UnfinishedTail(segment: "00000000.seg", offset: Self.start, bytes: 40, fault: fault))
    }

    @Test("what the checkpoint states is never cut off as torn")
    func coveredByCheckpoint() async throws {
        let disk = SimulatedDisk()
        let store = try LogFixture.open("log", files: disk).store
        try await LogFixture.append(0..<5, to: store)
        store.close()
        disk[Self.path].replaceSubrange((Self.start + 40)..<(Self.start + Self.batch), with: Self.lost)
        let fault = SegmentFault(segment: "00000000.seg", offset: Self.start, index: 4, kind: .checksumMismatch)
        #expect(throws: SegmentError.damaged(fault)) { try LogFixture.open("log", files: disk) }
    }
}
