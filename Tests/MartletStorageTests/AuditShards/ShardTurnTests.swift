import FoundationEssentials
import MartletAudit
import MartletTransparency
import Testing

@testable import MartletStorage

@Suite("The turn from one log to the next")
struct ShardTurnTests {
    /// A state directory whose log has five records and is not open.
    private struct Ended {
        let folder: TemporaryFolder
        let files: FaultyFiles
        var state: String { folder.path }
        var keys: String { state + "/keys" }
        var turn: ShardTurn { ShardTurn(state: state, keys: keys, base: LogFixture.origin, files: files) }

        init() async throws {
            folder = try TemporaryFolder()
            files = FaultyFiles(PosixFiles())
            try FileManager.default.createDirectory(atPath: keys, withIntermediateDirectories: false)
            let store = try open(1).store
            try await LogFixture.append(0..<5, to: store)
            store.close()
        }

        func open(_ number: Int) throws -> (store: SegmentStore, report: RecoveryReport) {
            var settings = LogFixture.settings()
            settings = SegmentSettings(origin: LogShard.origin(number, base: LogFixture.origin))
            (settings.segmentBytes, settings.spareSegments, settings.upkeepMilliseconds) = (16 << 10, 1, 3_600_000)
            (settings.keyDirectory, settings.headDirectory) = (keys, state + "/head")
            return try SegmentStore.open(directory: state + "/audit", settings: settings)
        }

        func shards() throws -> LogShards { try LogShards.read(state: state) }

        /// What every turn comes to, whatever came in between.
        func isTurned(to next: LogName) throws -> Bool {
            let shards = try shards()
            guard shards.closed.map(\.number) == [1], shards.current.number == 2 else { return false }
            let closed = try SegmentReader(directory: state + "/shards/0001").verify(holdsToHead: true)
            guard closed.size == 5, case .read(let head, _) = closed.head, head.checkpoint.size == 5 else {
                return false
            }
            let segments = try FileManager.default.contentsOfDirectory(atPath: state + "/shards/0001/segments")
            guard segments == ["00000000.seg"] else { return false }
            let opened = try open(2)
            defer { opened.store.close() }
            let kept = try FileManager.default.contentsOfDirectory(atPath: keys)
            return opened.report.size == 0 && opened.store.verifierKey == next.verifierKey && kept == ["checkpoint.key"]
        }
    }

    @Test("moves the log, destroys its key, and the next one has the name and the key that were told")
    func whole() async throws {
        let ended = try await Ended()
        let shard = try ended.shards().current
        let next = try ended.turn.nextName(after: shard)
        #expect(next.origin == LogFixture.origin + "/2")
        #expect(try ended.turn.nextName(after: shard) == next, "the record that names it may be written again")
        let old = try Data(contentsOf: URL(filePath: ended.keys + "/checkpoint.key"))
        try ended.turn.turn(shard, size: 5)
        #expect(try Data(contentsOf: URL(filePath: ended.keys + "/checkpoint.key")) != old)
        #expect(try ended.isTurned(to: next))
    }

    @Test("is ended by the next start from wherever it was cut short")
    func cutShort() async throws {
        var number = 1
        while true {
            let ended = try await Ended()
            let shard = try ended.shards().current
            let next = try ended.turn.nextName(after: shard)
            let before = ended.files.calls.count
            let last = before + number
            ended.files.setPlan { $0.number > last ? .before(errno: 5) : nil }
            let isWhole: Bool
            do throws(SegmentError) {
                try ended.turn.turn(shard, size: 5)
                isWhole = true
            } catch {
                isWhole = false
            }
            ended.files.setPlan { _ in nil }
            try ended.turn.finish()
            let found = try ended.shards()
            if found.closed.isEmpty {
                #expect(found.current == shard)
                try ended.turn.turn(shard, size: 5)
            }
            #expect(try ended.isTurned(to: next), "cut short behind call \(number)")
            if isWhole { break }
            number += 1
        }
        #expect(number > 15)
    }

    @Test("is refused while the log is open, or states less than it holds")
    func refused() async throws {
        let ended = try await Ended()
        let shard = try ended.shards().current
        _ = try ended.turn.nextName(after: shard)
        #expect(throws: SegmentError.unstated(size: 6, checkpoint: 5)) { try ended.turn.turn(shard, size: 6) }
        let open = try ended.open(1).store
        #expect(throws: SegmentError.locked(path: ended.state + "/audit/lock")) { try ended.turn.turn(shard, size: 5) }
        open.close()
        #expect(try ended.shards().closed == [])
    }

    @Test("keys that were laid down for the log that ends go with it")
    func rotation() async throws {
        let ended = try await Ended()
        let shard = try ended.shards().current
        _ = try LogKeys(directory: shard.directory, keys: ended.keys).prepare()
        let next = try ended.turn.nextName(after: shard)
        try ended.turn.turn(shard, size: 5)
        #expect(try ended.isTurned(to: next))
    }

    @Test("closed logs are one row up to the one that grows; other names are not ours")
    func row() async throws {
        let ended = try await Ended()
        func make(_ name: String) throws {
            try FileManager.default.createDirectory(
                atPath: ended.state + "/shards/" + name, withIntermediateDirectories: true)
        }
        for name in ["1", "00001", "0001.index.sqlite", "0002.removed", "lost+found"] { try make(name) }
        #expect(try ended.shards().closed == [])
        try make("0001")
        #expect(throws: SegmentError.shardOutOfPlace(path: ended.state + "/shards/0001")) { try ended.shards() }
        try FileManager.default.removeItem(atPath: ended.state + "/audit")
        try make("0002")
        try make("0003")
        #expect(try ended.shards().current.number == 4 && ended.shards().closed.map(\.number) == [1, 2, 3])
        try FileManager.default.removeItem(atPath: ended.state + "/shards/0001")
        #expect(try ended.shards().closed.map(\.number) == [2, 3])
        try FileManager.default.removeItem(atPath: ended.state + "/shards/0002")
        try make("0001")
        #expect(throws: SegmentError.shardOutOfPlace(path: ended.state + "/shards/0001")) { try ended.shards() }
    }

    @Test(
        "the number of a log stands behind the name of the first one",
        arguments: [
            ("martlet/prod", 1), ("martlet/prod/2", 2), ("martlet/prod/10", 10), ("martlet/prod/02", 1),
            ("martlet/prod/1", 1), ("martlet/7", 1), ("martlet/7/3", 3), ("martlet/prod/x", 1),
        ])
    func number(origin: String, number: Int) {
        #expect(ShardPlace.number(of: Checkpoint(origin: origin, size: 0, root: .empty)) == number)
    }
}

@Suite("What lies beside the logs of a state directory")
struct ShardFilesTests {
    @Test("an order is for one log, and counts for no other")
    func order() throws {
        let folder = try TemporaryFolder()
        let file = ShardOrderFile(state: folder.path)
        #expect(try file.load(for: "a") == nil)
        let order = ShardOrder(user: 1000, reason: "year's \"end\"")
        try file.store(order, for: "a")
        #expect(try file.load(for: "a") == order && file.load(for: "a/2") == nil)
        try file.remove()
        try file.remove()
        #expect(try file.load(for: "a") == nil)
        try Data("{}".utf8).write(to: URL(filePath: folder.path + "/shard.order"))
        #expect(throws: SegmentError.malformed(path: folder.path + "/shard.order")) { try file.load(for: "a") }
    }

    @Test("a removal that was cut short is ended, and takes the indexes of logs that are gone; nothing else")
    func removal() throws {
        let folder = try TemporaryFolder()
        let manager = FileManager.default
        for name in ["0001/segments", "0002/tile/entries", "0003"] {
            try manager.createDirectory(atPath: folder.path + "/shards/" + name, withIntermediateDirectories: true)
        }
        for name in [
            "0001/segments/a", "0002/b", "0001.index.sqlite", "0001.index.sqlite-wal", "0002.index.sqlite", "note",
        ] {
            try Data("x".utf8).write(to: URL(filePath: folder.path + "/shards/" + name))
        }
        try manager.createSymbolicLink(
            atPath: folder.path + "/shards/0001/out", withDestinationPath: folder.path + "/shards/0003")
        let removal = ShardRemoval(state: folder.path)
        try removal.remove(LogShard(number: 1, directory: folder.path + "/shards/0001"))
        try manager.moveItem(atPath: folder.path + "/shards/0002", toPath: folder.path + "/shards/0002.removed")
        try removal.finish()
        try removal.finish()
        #expect(try manager.contentsOfDirectory(atPath: folder.path + "/shards").sorted() == ["0003", "note"])
    }
}
