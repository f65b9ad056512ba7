import MartletTesting
import MartletTransparency

@testable import MartletStorage

/// One seeded history of a log: processes that end somewhere, disks that fail, power that goes; then what must hold.
struct Schedule {
    let seed: UInt64
    var omitted: OmittedSync?
    /// Whether the head of the log is kept, in a directory beside it.
    var keepsHead = false

    /// Returns a number that differs when the schedule did other file calls.
    func run() async throws(Broken) -> UInt64 {
        var dice = Dice(seed)
        var settings = LogFixture.settings(
            segmentBytes: dice.pick([6 << 10, 6 << 10, 8 << 10]), spares: 1 + dice.below(2))
        if keepsHead { settings.headDirectory = "head" }
        let ledger = ScheduleLedger()
        var (disk, trace) = (SimulatedDisk(), UInt64(0))
        for _ in 0...dice.below(3) {
            for _ in 0...dice.below(3) {
                trace = trace &* 31 &+ (try await live(disk, settings, ledger, &dice))
                disk.afterProcess(seed: dice.next())
            }
            disk = disk.afterPowerLoss(seed: dice.next())
            try checkPublished(disk, leaves: nil)
        }
        try await checkEnd(disk, settings, ledger, &dice)
        return trace
    }

    /// One process, from its start to its end.
    private func live(
        _ disk: SimulatedDisk, _ settings: SegmentSettings, _ ledger: ScheduleLedger, _ dice: inout Dice
    ) async throws(Broken) -> UInt64 {
        let files = ScheduledFiles(disk, ScheduledFiles.Fate(&dice), ledger, omitted: omitted)
        guard let crew = try crew(files, settings, ledger, mayFail: { files.wasHurt }) else { return files.trace }
        files.setBetween { dice in if dice.isOne(in: 6) { crew.step(&dice) } }
        crew.adopt()
        for _ in 0..<dice.below(30) where !files.isDead && !crew.hasFailed { crew.step(&dice) }
        if dice.coin() { crew.close() }
        await crew.settle()
        files.setBetween(nil)
        if crew.hasLostHead { throw Broken("the head was moved by nobody") }
        return files.trace
    }

    /// Opens the log, which must hold all that was promised.
    private func crew(
        _ files: any SegmentFiles, _ settings: SegmentSettings, _ ledger: ScheduleLedger, mayFail: () -> Bool
    ) throws(Broken) -> Crew? {
        var records: [SegmentRecord] = []
        let log: RecoveredLog
        do throws(SegmentError) {
            log = try RecoveredLog(
                directory: "log", settings: settings, files: files, random: SeededRandom(seed: seed)
            ) { records.append($0.record) }
        } catch {
            guard mayFail() else { throw Broken("the log cannot be opened: \(error)") }
            return nil
        }
        try ledger.check(records)
        guard log.report.size == UInt64(records.count) else { throw Broken("the report says \(log.report.size)") }
        return Crew(log, ledger)
    }

    /// A last recovery on a disk without faults; then everything is looked at from outside.
    private func checkEnd(
        _ disk: SimulatedDisk, _ settings: SegmentSettings, _ ledger: ScheduleLedger, _ dice: inout Dice
    ) async throws(Broken) {
        if let crew = try crew(disk, settings, ledger, mayFail: { false }) {
            crew.adopt()
            for _ in 0..<3 { crew.step(&dice) }
            crew.close()
            await crew.settle()
        }
        disk.afterProcess(seed: dice.next())
        let image = Self.image(disk)
        let records = try verified(disk)
        try ledger.check(records)
        try ledger.checkCheckpoints(
            records,
            try Self.asked { () throws(SegmentError) in
                try PublishedLog(directory: "log", files: disk).verifier()
            })
        try checkPublished(disk, leaves: records.map(\.leaf))
        try crew(disk, settings, ledger, mayFail: { false })?.close()
        disk.afterProcess(seed: dice.next())
        guard Self.image(disk) == image else { throw Broken("a second recovery changed something") }
    }

    private func verified(_ disk: SimulatedDisk) throws(Broken) -> [SegmentRecord] {
        var records: [SegmentRecord] = []
        let summary = try Self.asked { () throws(SegmentError) in
            try SegmentReader(directory: "log", files: disk).verify { records.append($0.record) }
        }
        guard summary.tail == nil else { throw Broken("a closed log has an unfinished batch") }
        guard summary.checkpoint?.size == summary.size else { throw Broken("the checkpoint is not at the end") }
        return records
    }

    /// What outsiders read must be whole whenever there is a checkpoint; `leaves` are those it must then have.
    private func checkPublished(_ disk: SimulatedDisk, leaves: [[UInt8]]?) throws(Broken) {
        let log = PublishedLog(directory: "log", files: disk)
        guard disk.paths.contains(ScheduleLedger.checkpoint) else {
            guard leaves == nil else { throw Broken("there is no checkpoint") }
            return
        }
        let size = try Self.asked { () throws(SegmentError) in
            let verifier = try log.verifier()
            let size = try log.checkpoint(verifier).checkpoint.size
            // Computes the root from the tiles of hashes, and the last record's proof.
            guard try log.witnessRequest(old: 0, verifier) != nil else { throw .rewritten(checkpoint: size) }
            if size > 0 { _ = try log.proof(of: size - 1, verifier) }
            return size
        }
        guard let leaves else { return }
        guard size == UInt64(leaves.count) else { throw Broken("the checkpoint is not at the end") }
        guard Self.bundledLeaves(disk, size) == leaves else { throw Broken("the bundles hold other records") }
    }

    private static func bundledLeaves(_ disk: SimulatedDisk, _ size: UInt64) -> [[UInt8]] {
        var leaves: [[UInt8]] = []
        while let path = TilePath.tile(.entries, index: UInt64(leaves.count) / 256, size: size),
            let bundle = EntryBundle.leaves(disk["log/" + path.text], limit: path.width), !bundle.isEmpty
        {
            leaves += bundle
            if bundle.count < 256 { break }
        }
        return leaves
    }

    private static func asked<Value>(_ body: () throws(SegmentError) -> Value) throws(Broken) -> Value {
        do throws(SegmentError) { return try body() } catch { throw Broken("\(error)") }
    }

    private static func image(_ disk: SimulatedDisk) -> [String: [UInt8]] {
        // Each start claims the head.
        Dictionary(uniqueKeysWithValues: disk.paths.filter { !$0.hasPrefix("head/") }.map { ($0, disk[$0]) })
    }
}
