import Glibc
import MartletAudit
import MartletStorage
import MartletTesting
import Testing

@Suite("power loss and death")
struct PowerLossTests {
    /// Loses power at a random file call, three times in a row, and looks for acknowledged leaves after each.
    @Test("no acknowledged leaf is lost when power fails at any file call", arguments: 0..<80)
    func powerLoss(seed: UInt64) async throws {
        let dice = SeededRandom(seed: seed)
        let settings = LogFixture.settings(segmentBytes: 6 << 10, upkeepMilliseconds: 1)
        let ledger = Ledger()
        var disk = SimulatedDisk()
        for round in 0..<3 {
            let last = 1 + Int(dice.bytes(1)[0])
            let files = FaultyFiles(disk) { call in
                guard call.number >= last else { return nil }
                return call.number == last && call.operation == .write ? .after(errno: EIO) : .before(errno: EIO)
            }
            if let store = Self.opened(settings, files) {
                await ledger.fill(store, tasks: 3, count: 12)
                store.close()
            }
            disk = disk.afterPowerLoss(seed: seed &* 3 &+ UInt64(round))
            let (store, _) = try LogFixture.open("log", settings, files: disk)
            let records = try LogFixture.records("log", files: disk)
            #expect(ledger.firstLost(records) == nil, "round \(round), call \(last)")
            store.close()
            #expect(try SegmentReader(directory: "log", files: disk).verify().tail == nil)
        }
    }

    private static func opened(_ settings: SegmentSettings, _ files: FaultyFiles) -> SegmentStore? {
        do { return try LogFixture.open("log", settings, files: files).store } catch { return nil }
    }

    @Test("no acknowledged leaf is lost when any single file call fails and power is lost afterwards", arguments: 0..<4)
    func singleFault(seed: UInt64) async throws {
        for number in stride(from: 1 + Int(seed), to: 160, by: 4) {
            let disk = SimulatedDisk()
            let ledger = Ledger()
            let files = FaultyFiles(disk) { $0.number == number ? .before(errno: EIO) : nil }
            if let store = Self.opened(LogFixture.settings(segmentBytes: 6 << 10), files) {
                await ledger.fill(store, tasks: 1, count: 30)
                store.close()
            }
            let after = disk.afterPowerLoss(seed: seed)
            let store = try LogFixture.open("log", LogFixture.settings(segmentBytes: 6 << 10), files: after).store
            #expect(ledger.firstLost(try LogFixture.records("log", files: after)) == nil, "call \(number)")
            store.close()
        }
    }
}
