import FoundationEssentials
import MartletAudit
import MartletCore
import MartletTesting
import MartletTransparency

@testable import MartletStorage

/// Real logs of one state directory, one closed after the other; each leaf is another one.
struct ShardRow {
    let folder: TemporaryFolder
    let clock = FixedClock()
    /// Records of each log; the last one grows.
    let sizes: [Int]
    /// The one that grows.
    let store: SegmentStore

    var state: String { folder.path + "/state" }
    var states: String { state + "/sinks" }

    init(_ sizes: Int...) async throws {
        folder = try TemporaryFolder()
        self.sizes = sizes
        let state = folder.path + "/state"
        for directory in [state, state + "/shards"] {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        }
        for (number, size) in sizes.enumerated().dropLast() {
            let store = try await Self.open(state, number + 1, size)
            store.close()
            try FileManager.default.moveItem(atPath: state + "/audit", toPath: state + "/shards/000\(number + 1)")
        }
        store = try await Self.open(state, sizes.count, sizes[sizes.count - 1])
    }

    private static func open(_ state: String, _ number: Int, _ size: Int) async throws -> SegmentStore {
        var settings = SegmentSettings(origin: LogShard.origin(number, base: LogFixture.origin))
        (settings.segmentBytes, settings.spareSegments) = (16 << 10, 1)
        settings.upkeepMilliseconds = 3_600_000
        let store = try SegmentStore.open(directory: state + "/audit", settings: settings).store
        try await LogFixture.append((number * 1000)..<(number * 1000 + size), to: store, bytes: 300)
        return store
    }

    func shards() throws -> LogShards { try LogShards.read(state: state) }

    func logs() throws -> FollowedLogs {
        let store = store
        return try FollowedLogs(try shards(), base: LogFixture.origin) { store.size }
    }

    func follower(_ receiver: SinkReceiver, batch: Int = 50) throws -> SinkFollower {
        let parts = SinkParts(
            name: "siem", kind: "memory", carrier: receiver, limits: BatchLimits(records: batch, bytes: 1 << 20),
            alertAfter: Seconds(60))
        return SinkFollower(parts, of: try logs(), states: states, sinks: 1, clock: clock)
    }

    /// Where every record stands, from one of a log on.
    func places(from first: Int = 1, _ next: Int = 0) -> [Place] {
        sizes.enumerated().filter { $0.offset + 1 >= first }.flatMap { number, size in
            ((number + 1 == first ? next : 0)..<size).map { Place(log: number + 1, index: $0) }
        }
    }

    /// A record by what its leaf says, and by what the sink says of it.
    struct Place: Hashable {
        let log: Int
        let index: Int

        init(log: Int, index: Int) { (self.log, self.index) = (log, index) }

        /// Nil when the one contradicts the other.
        init?(_ record: ExportedRecord) {
            guard let log = LogShard.number(of: record.origin, base: LogFixture.origin) else { return nil }
            self.init(log: log, index: Int(record.index))
            guard record.leaf == LogFixture.entry(log * 1000 + index, bytes: 300).leaf else { return nil }
        }
    }

    func cursor(_ log: Int, _ next: Int) -> SinkCursor {
        var tree = MerkleFrontier()
        for number in 0..<next { tree.append(.leaf(LogFixture.entry(log * 1000 + number, bytes: 300).leaf)) }
        return SinkCursor(
            origin: LogShard.origin(log, base: LogFixture.origin), next: UInt64(next), root: tree.root)
    }

    var file: SinkFile { SinkFile(directory: states, sink: "siem") }

    func keep(_ cursor: SinkCursor, sink: String = "siem") throws {
        try SinkFile(directory: states, sink: sink).store(
            SinkState(sink: sink, kind: "memory", cursor: cursor, alertAfter: Seconds(60)))
    }
}
