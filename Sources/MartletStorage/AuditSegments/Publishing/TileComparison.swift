import Glibc
import MartletTransparency

/// Compares the tiles of a log with its segments, record by record, up to its checkpoint; keeps the first difference.
///
/// Which of the two is right is not asked here: whoever read the segments has compared them with the checkpoint.
struct TileComparison {
    private let layout: LogLayout
    private let files: TileFiles
    private let size: UInt64
    private var edge = TileEdge()
    /// The bundle of the records since the last full tile.
    private var bundle: [UInt8] = []
    /// The first tile that is missing or another one than the segments say.
    private(set) var fault: SegmentError?

    init(size: UInt64, layout: LogLayout, files: any SegmentFiles) {
        self.size = size
        self.layout = layout
        self.files = TileFiles(layout: layout, files: files)
    }

    /// Takes the next record; what is behind the checkpoint has no tiles that anybody vouches for.
    mutating func take(_ leaf: [UInt8], _ hash: MerkleHash) {
        guard edge.size < size, fault == nil else { return }
        _ = EntryBundle.append(leaf, to: &bundle)
        let full = edge.append(hash)
        for tile in full { compare(tile.path, HashTile.encode(tile.hashes)) }
        guard let first = full.first else { return }
        compare(first.path.entries, bundle)
        bundle.removeAll(keepingCapacity: true)
    }

    /// Compares the tiles that are not full; to be called after the last record.
    mutating func finish() {
        for tile in edge.partial { compare(tile.path, HashTile.encode(tile.hashes)) }
        if let path = TilePath.partialEntries(size: edge.size) { compare(path, bundle) }
    }

    private mutating func compare(_ path: TilePath, _ wanted: [UInt8]) {
        guard fault == nil else { return }
        do throws(FileError) {
            fault = try difference(path, wanted)
        } catch {
            // Something else in the place of a directory: the tile is not there.
            fault = error.errno == ENOTDIR ? .missing(path: layout.tile(path)) : .file(error)
        }
    }

    /// Looks at the tile, and at the narrower ones that earlier checkpoints left beside it.
    private func difference(_ path: TilePath, _ wanted: [UInt8]) throws(FileError) -> SegmentError? {
        var stored = try files.read(path, limit: wanted.count + 1)
        // A live log may have put the full tile in its place: that begins with this one.
        if stored == nil, !path.isFull { stored = try files.read(path.full, limit: wanted.count) }
        guard let stored else { return .missing(path: layout.tile(path)) }
        guard isSame(stored, wanted) else { return differs(path, stored, wanted) }
        for width in try files.partialWidths(of: path) where width < path.width {
            guard let narrower = TilePath(path.kind, index: path.index, width: width),
                let stored = try files.read(narrower, limit: wanted.count)
            else { continue }
            let beginning = Array(wanted.prefix(end(of: width, path.kind, wanted)))
            guard isSame(stored, beginning) else { return differs(narrower, stored, beginning) }
        }
        return nil
    }

    /// `==` compares byte by byte.
    private func isSame(_ stored: [UInt8], _ wanted: [UInt8]) -> Bool {
        guard stored.count == wanted.count else { return false }
        return stored.withUnsafeBytes { stored in
            wanted.withUnsafeBytes { wanted in
                guard let left = stored.baseAddress, let right = wanted.baseAddress else { return stored.isEmpty }
                return memcmp(left, right, stored.count) == 0
            }
        }
    }

    /// Where the first `count` hashes or records of a tile end.
    private func end(of count: Int, _ kind: TilePath.Kind, _ tile: [UInt8]) -> Int {
        guard kind == .entries else { return 32 * count }
        var position = 0
        for _ in 0..<count { position = EntryBundle.leaf(tile, at: position)?.upperBound ?? tile.count }
        return position
    }

    private func differs(_ path: TilePath, _ stored: [UInt8], _ wanted: [UInt8]) -> SegmentError {
        let common = zip(stored, wanted).prefix { $0 == $1 }.count
        var place = 0
        while place + 1 < path.width, end(of: place + 1, path.kind, wanted) <= common { place += 1 }
        let first = path.index << 8 + UInt64(place)
        guard case .hashes(let level) = path.kind else { return .tileDiffers(path: layout.tile(path), index: first) }
        return .tileDiffers(path: layout.tile(path), index: first << (8 * UInt64(level)))
    }
}
