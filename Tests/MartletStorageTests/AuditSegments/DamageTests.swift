import MartletAudit
import Testing

@testable import MartletStorage

@Suite("damage to a log")
struct DamageTests {
    /// Two segments, closed: the checkpoint states all of it.
    static func disk() async throws -> SimulatedDisk {
        let disk = SimulatedDisk()
        let store = try LogFixture.open("log", LogFixture.settings(segmentBytes: 6 << 10), files: disk).store
        try await LogFixture.append(0..<24, to: store)
        store.close()
        return disk
    }

    /// Where the log says it is damaged: the fault, or the bytes that stand after its end.
    static func finding(_ disk: SimulatedDisk) throws -> SegmentFault? {
        do throws(SegmentError) {
            return try SegmentReader(directory: "log", files: disk).verify().tail?.fault
        } catch {
            guard case .damaged(let fault) = error else { throw error }
            return fault
        }
    }

    @Test("a flipped bit in any byte is found, in its segment and not behind its place")
    func flips() async throws {
        let disk = try await Self.disk()
        let paths = disk.paths.filter { $0.hasSuffix(".seg") }
        #expect(paths.count == 2)
        for path in paths {
            let good = disk[path]
            let end = 1 + (good.lastIndex { $0 != 0 } ?? 0)
            for place in good.indices where good[place] != 0 || place % 61 == 0 || (4096..<(end + 32)).contains(place) {
                var changed = good
                changed[place] ^= 1 << (place % 8)
                disk[path] = changed
                let fault = try #require(try Self.finding(disk), "\(path) at \(place)")
                #expect(path.hasSuffix(fault.segment) && fault.offset <= place, "\(path) at \(place): \(fault)")
            }
            disk[path] = good
        }
        #expect(try Self.finding(disk) == nil)
    }

    @Test("a fault names the first leaf that cannot be vouched for, and where it stands")
    func name() async throws {
        let disk = try await Self.disk()
        let path = "log/segments/00000000.seg"
        let second = 4096 + 17 + 60 + 17 + 8 + 53
        disk[path][second + 20] ^= 1
        #expect(
            try Self.finding(disk)
                == SegmentFault(segment: "00000000.seg", offset: second, index: 1, kind: .checksumMismatch))
    }

    @Test("whole batches left out, repeated or exchanged are found")
    func batches() async throws {
        let disk = try await Self.disk()
        let path = "log/segments/00000000.seg"
        let good = disk[path]
        let batch = 17 + 60 + 53
        let first = 4096 + batch + 25
        let (before, second) = (Array(good[..<first]), Array(good[first..<(first + batch)]))
        let third = Array(good[(first + batch)..<(first + 2 * batch)])
        let (afterSecond, afterThird) = (Array(good[(first + batch)...]), Array(good[(first + 2 * batch)...]))
        let leftOut: [UInt8] = before + afterSecond + [UInt8](repeating: 0, count: batch)
        let repeated: [UInt8] = before + second + second + afterThird
        let exchanged: [UInt8] = before + third + second + afterThird
        for changed in [leftOut, repeated, exchanged] {
            disk[path] = changed
            #expect(try Self.finding(disk)?.kind == .indexOutOfOrder)
        }
    }

    @Test("damage in an acknowledged batch is never taken for a torn one, with or without a later checkpoint")
    func noQuarantineOfAcknowledged() async throws {
        let disk = SimulatedDisk()
        let store = try LogFixture.open("log", files: disk).store
        try await LogFixture.append(0..<5, to: store)
        let crashed = disk.afterPowerLoss(seed: 1)
        store.close()
        crashed["log/segments/00000000.seg"][4096 + 30] ^= 1
        #expect(throws: SegmentError.self) { try LogFixture.open("log", files: crashed) }
        #expect(try Self.finding(crashed)?.kind == .checksumMismatch)
    }
}
