import MartletTransparency
import Testing

@testable import MartletStorage

@Suite("opening the segments of a log")
struct SegmentOpenerTests {
    @Test("a segment under the name of another is refused, one without a header is not there yet")
    func numbers() async throws {
        let disk = SimulatedDisk()
        let store = try LogFixture.open("log", files: disk).store
        try await LogFixture.append(0..<200, to: store, bytes: 300)
        store.close()
        let opener = SegmentOpener(layout: LogLayout(directory: "log"), files: disk)
        let numbers = try opener.numbers()
        #expect(numbers.count > 3 && numbers == Array(0..<UInt32(numbers.count)))
        let segment = try #require(try opener.open(1))
        #expect(segment.number == 1 && segment.before.size > 0)
        opener.close(segment)
        let first = try disk.open(opener.layout.segment(1), forWriting: false)
        let bytes = try disk.read(first, at: 0, count: 4096)
        let second = try disk.open(opener.layout.segment(2), forWriting: true)
        try disk.write(bytes, to: second, at: 0)
        #expect(throws: SegmentFault.Kind.headerDamaged) { _ = try opener.open(2) }
        try disk.write([UInt8](repeating: 0, count: 4096), to: second, at: 0)
        let isThere = try opener.open(2) != nil
        #expect(!isThere)
        #expect(try SegmentOpener(layout: LogLayout(directory: "none"), files: disk).numbers().isEmpty)
    }
}
