import MartletAudit
import MartletStorage
import MartletTesting

/// A log in `log/` whose head is in `head/`, both on one simulated disk.
enum HeadFixture {
    static let settings = settings()

    static func settings(origin: String = LogFixture.origin) -> SegmentSettings {
        var settings = LogFixture.settings()
        settings.origin = origin
        settings.headDirectory = "head"
        return settings
    }

    static func open(
        _ disk: any SegmentFiles, _ directory: String = "log"
    ) throws(SegmentError) -> SegmentStore {
        try LogFixture.open(directory, settings, files: disk).store
    }

    /// A closed log of so many records; each run of it adds one.
    @discardableResult
    static func grow(_ disk: SimulatedDisk, to count: Int) async throws -> SimulatedDisk {
        let (store, report) = try LogFixture.open("log", settings, files: disk)
        try await LogFixture.append(Int(report.size)..<count, to: store)
        store.close()
        return disk
    }

    /// Why the log cannot be opened; nil when it can.
    static func refusal(_ disk: SimulatedDisk, _ settings: SegmentSettings = settings) -> SegmentError? {
        RefusalTests.refusal(disk, settings)
    }

    static func files(_ disk: SimulatedDisk, below directory: String = "log/") -> [String: [UInt8]] {
        let paths = disk.paths.filter { $0.hasPrefix(directory) && !$0.hasSuffix("/lock") }
        return Dictionary(uniqueKeysWithValues: paths.map { ($0, disk[$0]) })
    }

    /// Puts an older copy of the log back; the head stays.
    static func restore(_ copy: [String: [UInt8]], on disk: SimulatedDisk) throws {
        for path in files(disk).keys { try disk.remove(path) }
        for (path, bytes) in copy { disk[path] = bytes }
    }

    static func headPath(_ disk: SimulatedDisk) -> String? { disk.paths.first { $0.hasSuffix(".head") } }
}
