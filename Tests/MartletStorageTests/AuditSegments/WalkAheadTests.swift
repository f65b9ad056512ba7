import MartletAudit
import MartletJSON
import MartletTransparency
import Testing

@testable import MartletStorage

@Suite("a log read on two threads")
struct WalkAheadTests {
    /// What a reader gets of a log: its records, and the fault that ends it.
    private static func read(_ disk: SimulatedDisk) throws -> (records: [SegmentRecord], fault: SegmentFault?) {
        var records: [SegmentRecord] = []
        do throws(SegmentError) {
            let summary = try SegmentReader(directory: "log", files: disk).verify { records.append($0.record) }
            return (records, summary.tail?.fault)
        } catch {
            guard case .damaged(let fault) = error else { throw error }
            return (records, fault)
        }
    }

    @Test("gives every record in order, more of them than may wait, with its leaf parsed")
    func order() async throws {
        let disk = SimulatedDisk()
        let store = try LogFixture.open("log", LogFixture.settings(segmentBytes: 1 << 20), files: disk).store
        let count = 256 * 12
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                let leaf = Array((number % 7 == 0 ? "{" : #"{"n":\#(number)}"#).utf8)
                group.addTask { _ = try await store.append(AuditEntry(leaf: leaf, payload: nil, isEssential: true)) }
            }
            try await group.waitForAll()
        }
        store.close()
        var next: UInt64 = 0
        let summary = try SegmentReader(directory: "log", files: disk).verify { record in
            #expect(record.index == next)
            next += 1
            switch record.document {
            case .success(let document): #expect(document.member("n") != nil && record.leaf.count > 1)
            case .failure(let error): #expect(error == .unexpectedEnd(offset: 1) && record.leaf.count == 1)
            }
        }
        #expect(next == UInt64(count) && summary.size == next)
    }

    @Test("damage ends it where it ends a reading on one thread, after the records before it")
    func damage() async throws {
        let disk = try await DamageTests.disk()
        let whole = try Self.read(disk)
        #expect(whole.fault == nil && whole.records == LogFixture.expected(0..<24))
        for path in disk.paths where path.hasSuffix(".seg") {
            let good = disk[path]
            for place in stride(from: 0, to: good.count, by: 97) {
                disk[path][place] ^= 0x10
                let (records, fault) = try Self.read(disk)
                let alone = try #require(try DamageTests.finding(disk), "\(path) at \(place)")
                #expect(fault == alone && records == Array(whole.records.prefix(Int(alone.index))))
                disk[path] = good
            }
        }
    }
}
