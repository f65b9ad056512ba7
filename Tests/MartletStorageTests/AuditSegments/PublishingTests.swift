import Glibc
import MartletAudit
import MartletTesting
import MartletTransparency
import Testing

@testable import MartletStorage

/// A log directory, read as somebody who has only its checkpoint and its tiles.
enum Served {
    /// Every tile of the log at its checkpoint, checked; gives the leaves.
    static func leaves(_ disk: SimulatedDisk) throws -> [[UInt8]] {
        let key = String(decoding: disk["log/checkpoint.vkey"].dropLast(), as: UTF8.self)
        let note = String(decoding: disk["log/checkpoint"], as: UTF8.self)
        let checkpoint = try Checkpoint(signed: note, by: try #require(NoteVerifier(key)))
        var (edge, leaves) = (TileEdge(), [[UInt8]]())
        for index in 0..<(checkpoint.size + 255) / 256 {
            let path = try #require(TilePath.tile(.entries, index: index, size: checkpoint.size))
            let bundle = try #require(leavesOf(path, disk), "\(path.text)")
            for leaf in bundle {
                for tile in edge.append(.leaf(leaf)) { try expect(tile, disk) }
            }
            leaves += bundle
        }
        for tile in edge.partial { try expect(tile, disk) }
        #expect(edge.root == checkpoint.root)
        return leaves
    }

    /// The full tile may have taken the place of the partial one.
    private static func leavesOf(_ path: TilePath, _ disk: SimulatedDisk) -> [[UInt8]]? {
        EntryBundle.decode(disk["log/" + path.text], width: path.width)
            ?? EntryBundle.decode(disk["log/" + path.full.text], width: 256).map { Array($0.prefix(path.width)) }
    }

    private static func expect(_ tile: PlacedTile, _ disk: SimulatedDisk) throws {
        let bytes = HashTile.encode(tile.hashes)
        let found = disk["log/" + tile.path.text]
        #expect((found.isEmpty ? Array(disk["log/" + tile.path.full.text].prefix(bytes.count)) : found) == bytes)
    }

    static func tiles(_ disk: SimulatedDisk) -> [String] {
        disk.paths.filter { $0.hasPrefix("log/tile/") }.map { String($0.dropFirst(4)) }
    }
}

@Suite("tiles on disk")
struct PublishingTests {
    static func isTile(_ path: String) -> Bool { path.contains("/tile/") }

    static func closed(_ count: Int, on disk: SimulatedDisk = SimulatedDisk()) async throws -> SimulatedDisk {
        let (store, report) = try LogFixture.open("log", files: disk)
        try await LogFixture.append(Int(report.size)..<count, to: store)
        store.close()
        #expect(store.publishingFailure == nil)
        return disk
    }

    @Test("a closed log lies there as C2SP serves it", arguments: [0, 1, 255, 256, 257, 600])
    func closed(count: Int) async throws {
        let disk = try await Self.closed(count)
        #expect(try Served.leaves(disk) == (0..<count).map { LogFixture.entry($0).leaf })
        var wanted =
            TilePath.partial(size: UInt64(count)) + [TilePath.partialEntries(size: UInt64(count))].compactMap(\.self)
        for index in 0..<UInt64(count / 256) {
            wanted += [TilePath(.entries, index: index), TilePath(.hashes(level: 0), index: index)].compactMap(\.self)
        }
        #expect(Served.tiles(disk) == wanted.map(\.text).sorted())
    }

    @Test("each start goes on where the last one ended; partial tiles stay until the full one is there")
    func restarts() async throws {
        let disk = SimulatedDisk()
        for count in stride(from: 60, through: 240, by: 60) { _ = try await Self.closed(count, on: disk) }
        let partial = [60, 120, 180, 240].map { "tile/0/000.p/\($0)" }
        #expect(Served.tiles(disk).filter { $0.hasPrefix("tile/0/") } == partial.sorted())
        let written = FaultyFiles(disk)
        let store = try LogFixture.open("log", files: written).store
        try await LogFixture.append(240..<300, to: store)
        store.close()
        #expect(try Served.leaves(disk).count == 300)
        #expect(
            Served.tiles(disk) == [
                "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/44",
            ])
        let names = written.calls.filter { $0.operation == .rename && Self.isTile($0.path) }.map(\.path)
        #expect(names.count == 5)
        let third = FaultyFiles(disk)
        try LogFixture.open("log", files: third).store.close()
        #expect(third.calls.filter { $0.operation == .rename && Self.isTile($0.path) }.isEmpty)
    }

    @Test(
        "partial tiles that a crash left beside the full one are removed, whenever it came",
        arguments: [
            (300, ["tile/0/000.p/9", "tile/entries/000.p/9"]), (600, ["tile/0/001.p/44", "tile/entries/001.p/7"]),
            (200, ["tile/0/000.p/230", "tile/0/001.p/9", "tile/entries/001.p/9"]),
        ])
    func leftovers(signed: Int, names: [String]) async throws {
        let disk = try await Self.closed(signed)
        for name in names { disk["log/" + name] = [] }
        _ = try await Self.closed(700, on: disk)
        #expect(try Served.leaves(disk).count == 700)
        let full = ["tile/0/000.p", "tile/0/001.p", "tile/entries/000.p", "tile/entries/001.p"]
        #expect(Served.tiles(disk).filter { tile in full.contains { tile.hasPrefix($0) } } == [])
    }

    @Test(
        "tiles that are lost or not the log's are made anew from the segments",
        arguments: ["tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/001.p/44", "tile/"], [true, false])
    func rebuilt(name: String, isRemoved: Bool) async throws {
        let disk = try await Self.closed(300)
        for path in disk.paths where path.hasPrefix("log/" + name) {
            if isRemoved { try disk.remove(path) } else { disk[path] = disk[path].map { $0 ^ 1 } }
        }
        _ = try await Self.closed(301, on: disk)
        #expect(try Served.leaves(disk).count == 301)
    }

    @Test("the checkpoint never covers a tile that is not on disk, wherever power fails", arguments: 0..<60)
    func powerLoss(seed: UInt64) async throws {
        let dice = SeededRandom(seed: seed)
        let settings = LogFixture.settings(upkeepMilliseconds: 1)
        var disk = SimulatedDisk()
        for round in 0..<4 {
            let last = 40 + 3 * Int(dice.bytes(1)[0])
            let files = FaultyFiles(disk) { $0.number >= last ? .before(errno: EIO) : nil }
            if let store = Self.opened(settings, files) {
                await Ledger().fill(store, tasks: 2, count: 90)
                store.close()
            }
            disk = disk.afterPowerLoss(seed: seed &* 5 &+ UInt64(round))
            guard disk.paths.contains("log/checkpoint"), disk.paths.contains("log/checkpoint.vkey") else { continue }
            _ = try Served.leaves(disk)
        }
        let store = try LogFixture.open("log", settings, files: disk).store
        store.close()
        #expect(try Served.leaves(disk) == LogFixture.records("log", files: disk).map(\.leaf))
    }

    private static func opened(_ settings: SegmentSettings, _ files: FaultyFiles) -> SegmentStore? {
        do { return try LogFixture.open("log", settings, files: files).store } catch { return nil }
    }

    @Test(
        "tiles that cannot be written hold up the checkpoint and nothing else, and are made when it is possible again",
        arguments: [(FileError.Operation.write, ENOSPC), (.synchronize, EIO), (.create, EACCES), (.rename, EROFS)])
    func failing(operation: FileError.Operation, code: Int32) async throws {
        let disk = SimulatedDisk()
        let files = FaultyFiles(disk) { call in
            call.operation == operation && Self.isTile(call.path) ? .before(errno: code) : nil
        }
        let store = try LogFixture.open("log", LogFixture.settings(upkeepMilliseconds: 1), files: files).store
        try await LogFixture.append(0..<3, to: store)
        while store.publishingFailure == nil { await Task.yield() }
        try await LogFixture.append(3..<300, to: store)
        #expect(store.failure == nil)
        #expect(try Served.leaves(disk).isEmpty)
        files.setPlan { _ in nil }
        while store.publishingFailure != nil { await Task.yield() }
        store.close()
        #expect(try Served.leaves(disk).count == 300)
    }

    @Test("a checkpoint that cannot be synchronised ends the log: the disk loses writes")
    func failedCheckpoint() async throws {
        let files = FaultyFiles(SimulatedDisk())
        let store = try LogFixture.open("log", LogFixture.settings(upkeepMilliseconds: 1), files: files).store
        files.setPlan { call in
            call.operation == .synchronize && call.path.hasSuffix("/checkpoint.tmp") ? .before(errno: EIO) : nil
        }
        await Ledger().fill(store, tasks: 1, count: 3)
        while store.failure == nil { await Task.yield() }
        await #expect(throws: AuditError.closed) { try await store.append(LogFixture.entry(0)) }
        store.close()
    }

    @Test("a checkpoint is replaced after the tiles that it covers, and partial tiles are removed after that")
    func order() async throws {
        let disk = try await Self.closed(200)
        let files = FaultyFiles(disk)
        let store = try LogFixture.open("log", files: files).store
        try await LogFixture.append(200..<300, to: store)
        store.close()
        let calls = files.calls.filter { Self.isTile($0.path) || $0.path.hasSuffix("/checkpoint") || $0.path == "log" }
        let replaced = try #require(calls.firstIndex { $0.operation == .rename && $0.path.hasSuffix("/checkpoint") })
        let lastTile = try #require(
            calls.lastIndex { [.rename, .synchronize].contains($0.operation) && Self.isTile($0.path) })
        let settled = try #require(calls.lastIndex { $0.operation == .synchronize && $0.path == "log" })
        let removed = try #require(calls.firstIndex { $0.operation == .remove && Self.isTile($0.path) })
        #expect(lastTile < replaced && replaced < settled && settled < removed)
    }
}
