import MartletStorage
import Testing

@Suite("a verified log whose files were changed")
struct TileComparisonTests {
    static func error(_ disk: SimulatedDisk) -> SegmentError? {
        do throws(SegmentError) {
            try SegmentReader(directory: "log", files: disk).verify(comparesTiles: true)
            return nil
        } catch {
            return error
        }
    }

    static func tiles(_ disk: SimulatedDisk) -> [String] { disk.paths.filter { $0.hasPrefix("log/tile/") } }

    @Test("a changed byte of any tile is found, in its file and at its record")
    func flips() async throws {
        let disk = try await PublishingTests.closed(24)
        #expect(Self.tiles(disk) == ["log/tile/0/000.p/24", "log/tile/entries/000.p/24"])
        #expect(Self.error(disk) == nil)
        for path in Self.tiles(disk) {
            let good = disk[path]
            for place in good.indices {
                disk[path][place] ^= 1 << UInt8(place % 8)
                let found = Self.error(disk)
                guard case .tileDiffers(path, let index) = found else {
                    Issue.record("\(path) at \(place): \(String(describing: found))")
                    continue
                }
                let isHash = path.contains("/0/")
                #expect(index == UInt64(place / (isHash ? 32 : 62)), "\(path) at \(place)")
                disk[path] = good
            }
        }
    }

    @Test("a changed byte of the checkpoint or its key is found", arguments: ["checkpoint", "checkpoint.vkey"])
    func signed(name: String) async throws {
        let disk = try await PublishingTests.closed(24)
        let good = disk["log/" + name]
        // The line break behind the key is not part of it.
        for place in good.indices.dropLast(name == "checkpoint" ? 0 : 1) {
            disk["log/" + name][place] ^= 1 << UInt8(place % 8)
            #expect(Self.error(disk) != nil, "\(name) at \(place)")
            disk["log/" + name] = good
        }
    }

    @Test("a tile that is missing, too short, too long or another one's is found, of each kind and level")
    func whole() async throws {
        let disk = try await PublishingTests.closed(600)
        let names = Self.tiles(disk)
        #expect(names.count == 7)
        for (place, path) in names.enumerated() {
            let good = disk[path]
            let other = disk[names[(place + 1) % names.count]]
            for changed in [Array(good.dropLast()), good + [0], other, []] {
                disk[path] = changed
                guard case .tileDiffers(path, _) = Self.error(disk) else {
                    Issue.record("\(path): \(String(describing: Self.error(disk)))")
                    continue
                }
            }
            try disk.remove(path)
            #expect(Self.error(disk) == .missing(path: path))
            disk[path] = good
        }
        #expect(Self.error(disk) == nil)
    }

    @Test("narrower tiles of earlier checkpoints are compared, and what is behind the checkpoint is not")
    func narrower() async throws {
        let disk = try await PublishingTests.closed(24)
        _ = try await PublishingTests.closed(40, on: disk)
        #expect(Self.error(disk) == nil)
        for path in ["log/tile/0/000.p/24", "log/tile/entries/000.p/24"] {
            let good = disk[path]
            disk[path][good.count - 1] ^= 1
            #expect(Self.error(disk) == .tileDiffers(path: path, index: 23))
            disk[path] = good
        }
        disk["log/tile/0/000.p/41"] = [1]
        #expect(Self.error(disk) == nil)
    }

    @Test("the segments are named when they are changed too, or alone")
    func segments() async throws {
        let disk = try await PublishingTests.closed(24)
        disk["log/segments/00000000.seg"][5000] ^= 1
        disk["log/tile/0/000.p/24"][0] ^= 1
        guard case .damaged = Self.error(disk) else {
            Issue.record("\(String(describing: Self.error(disk)))")
            return
        }
    }
}
