import MartletAudit
import Synchronization
import Testing

@testable import MartletStorage

@Suite("a log that is being written")
struct LiveReadingTests {
    private static let path = "log/segments/00000000.seg"
    private static let count = 40

    /// A log whose segment is read in more than one piece, as its writer leaves it in the middle of its work.
    private static func disk() async throws -> SimulatedDisk {
        let disk = SimulatedDisk()
        let settings = LogFixture.settings(segmentBytes: (1 << 20) + (64 << 10))
        let store = try LogFixture.open("log", settings, files: disk).store
        try await LogFixture.append(0..<count, to: store)
        let copy = disk.afterPowerLoss(seed: 3)
        store.close()
        return copy
    }

    /// Shows the first `start` bytes of the segment, and at each reading of it `step` more.
    private static func growing(_ disk: SimulatedDisk, whole: [UInt8], start: Int, step: Int) -> FaultyFiles {
        let shown = Mutex(start)
        return FaultyFiles(disk) { call in
            guard call.operation == .read, call.path == path else { return nil }
            let end = shown.withLock { shown in
                defer { shown = min(shown + step, whole.count) }
                return shown
            }
            disk[path] = whole[..<end] + [UInt8](repeating: 0, count: whole.count - end)
            return nil
        }
    }

    @Test("gives what was whole at some moment of the reading, wherever the writer is and however fast it goes on")
    func isPrefix() async throws {
        let disk = try await Self.disk()
        let whole = disk[Self.path]
        let end = 1 + (whole.lastIndex { $0 != 0 } ?? 0)
        let expected = LogFixture.expected(0..<Self.count)
        for start in stride(from: 0, to: end, by: 419) {
            for step in [1, 150, 700, 3000] {
                let files = Self.growing(disk, whole: whole, start: start, step: step)
                let records = try LogFixture.records("log", files: files)
                #expect(records == Array(expected.prefix(records.count)), "\(start) + \(step)")
                #expect(records.count <= (start + 8 * step) / 130)
            }
        }
        disk[Self.path] = whole
        #expect(try LogFixture.records("log", files: disk) == expected)
    }

    @Test("an acknowledged batch that is gone is damage, also when nothing but zeros is left of it")
    func zeroedBatch() async throws {
        let disk = try await Self.disk()
        let second = 4096 + 17 + 60 + 17 + 8 + 53
        let zeros = [UInt8](repeating: 0, count: 17 + 60 + 53)
        disk[Self.path].replaceSubrange(second..<(second + zeros.count), with: zeros)
        #expect(throws: SegmentError.self) { try LogFixture.records("log", files: disk) }
        #expect(throws: SegmentError.self) { try LogFixture.open("log", files: disk) }
    }

    @Test("its verified records are handed out again without what was added since")
    func again() async throws {
        let disk = try await Self.disk()
        let whole = disk[Self.path]
        disk[Self.path] = whole[..<6000] + [UInt8](repeating: 0, count: whole.count - 6000)
        let reader = SegmentReader(directory: "log", files: disk)
        let summary = try reader.verify()
        disk[Self.path] = whole
        var records: [SegmentRecord] = []
        try reader.records(of: summary) { records.append($0) }
        #expect(records == LogFixture.expected(0..<Int(summary.size)) && summary.size > 5)

        disk[Self.path] = [UInt8](repeating: 0, count: whole.count)
        #expect(throws: SegmentError.rewritten(checkpoint: summary.size)) { try reader.records(of: summary) { _ in } }
    }

    @Test("sealed values are found again where they stood, and not when something else stands there")
    func payloads() async throws {
        let disk = try await Self.disk()
        let reader = SegmentReader(directory: "log", files: disk)
        var places: [PayloadPlace] = []
        try reader.verify(payloads: { places.append($0) })
        #expect(places.map(\.index) == (0..<UInt64(Self.count)).filter { $0.isMultiple(of: 3) })
        for place in places {
            #expect(try reader.payload(at: place) == Array("sealed \(place.index)".utf8))
        }
        let last = try #require(places.last)
        disk[Self.path][last.offset + 20] ^= 1
        #expect(throws: SegmentError.self) { try reader.payload(at: last) }
    }
}
