import MartletAudit
import Synchronization

@testable import MartletStorage

/// Small logs for tests.
enum LogFixture {
    static let origin = "log.test/a"

    /// Segments of 16 KiB and no checkpoint but those of opening and closing, unless a test asks for more.
    static func settings(
        segmentBytes: Int = 16 << 10, spares: Int = 1, upkeepMilliseconds: Int32 = 3_600_000
    ) -> SegmentSettings {
        var settings = SegmentSettings(origin: origin)
        settings.segmentBytes = segmentBytes
        settings.spareSegments = spares
        settings.upkeepMilliseconds = upkeepMilliseconds
        return settings
    }

    static func open(
        _ directory: String, _ settings: SegmentSettings = settings(), files: any SegmentFiles = PosixFiles()
    ) throws(SegmentError) -> (store: SegmentStore, report: RecoveryReport) {
        try SegmentStore.open(directory: directory, settings: settings, files: files)
    }

    /// A leaf that differs from every other number's; each third has a payload.
    static func entry(_ number: Int, bytes: Int = 60, isEssential: Bool = false) -> AuditEntry {
        var leaf = Array("leaf \(number) ".utf8)
        leaf += (0..<max(0, bytes - leaf.count)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ number) }
        let payload = number.isMultiple(of: 3) ? Array("sealed \(number)".utf8) : nil
        return AuditEntry(leaf: leaf, payload: payload, isEssential: isEssential)
    }

    static func append(_ numbers: Range<Int>, to store: SegmentStore, bytes: Int = 60) async throws {
        for number in numbers { _ = try await store.append(entry(number, bytes: bytes)) }
    }

    /// All records, after everything was verified.
    static func records(_ directory: String, files: any SegmentFiles = PosixFiles()) throws -> [SegmentRecord] {
        var records: [SegmentRecord] = []
        try SegmentReader(directory: directory, files: files).verify { records.append($0.record) }
        return records
    }

    static func expected(_ numbers: Range<Int>, bytes: Int = 60) -> [SegmentRecord] {
        numbers.map { number in
            let entry = entry(number, bytes: bytes)
            return SegmentRecord(index: UInt64(number), leaf: entry.leaf, payload: entry.payload)
        }
    }
}

/// What was acknowledged, kept outside the log.
final class Ledger: Sendable {
    private let acknowledged = Mutex<[UInt64: [UInt8]]>([:])
    var count: Int { acknowledged.withLock { $0.count } }
    func note(_ index: UInt64, _ leaf: [UInt8]) { acknowledged.withLock { $0[index] = leaf } }

    /// The first acknowledged leaf that is not in `records`.
    func firstLost(_ records: [SegmentRecord]) -> UInt64? {
        acknowledged.withLock { acknowledged in
            acknowledged.keys.sorted().first { index in
                Int(index) >= records.count || records[Int(index)].leaf != acknowledged[index]
            }
        }
    }

    /// Appends from several tasks until one fails or each has appended `count` entries.
    func fill(_ store: SegmentStore, tasks: Int, count: Int, bytes: Int = 60) async {
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<tasks {
                group.addTask { await self.fill(store, first: task * count, count: count, bytes: bytes) }
            }
        }
    }

    private func fill(_ store: SegmentStore, first: Int, count: Int, bytes: Int) async {
        for number in first..<(first + count) {
            let entry = LogFixture.entry(number, bytes: bytes, isEssential: true)
            do { note(try await store.append(entry), entry.leaf) } catch { return }
        }
    }
}
