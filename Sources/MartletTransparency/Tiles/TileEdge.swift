/// A tile of hashes with its place.
package struct PlacedTile: Hashable, Sendable {
    package let path: TilePath
    package let hashes: [MerkleHash]

    package init(path: TilePath, hashes: [MerkleHash]) {
        self.path = path
        self.hashes = hashes
    }
}

/// The right edge of a growing log: on each level the tile that is not full yet.
///
/// Holds at most 255 hashes for each level; the full tiles to the left are given out once and not kept.
package struct TileEdge: Hashable, Sendable {
    package private(set) var size: UInt64 = 0
    /// From level 0 upwards; 0 to 255 hashes each, the last list is never empty.
    private var levels: [[MerkleHash]] = []

    package init() {}

    /// Takes up the edge of a log with `size` leaves; nil when the tiles are not those of that size.
    package init?(size: UInt64, partial tiles: [PlacedTile]) {
        let paths = TilePath.partial(size: size)
        guard tiles.map(\.path) == paths, tiles.allSatisfy({ $0.hashes.count == $0.path.width }) else { return nil }
        self.size = size
        for tile in tiles {
            guard case .hashes(let level) = tile.path.kind else { return nil }
            while levels.count < level { levels.append([]) }
            levels.append(tile.hashes)
        }
    }

    /// Adds the hash of a leaf; gives the tiles that are full with it, the lowest level first.
    package mutating func append(_ leaf: MerkleHash) -> [PlacedTile] {
        var (hash, level, full) = (leaf, 0, [PlacedTile]())
        size += 1
        while true {
            if level == levels.count { levels.append([]) }
            levels[level].append(hash)
            guard levels[level].count == TilePath.fullWidth else { return full }
            let index = (size >> (8 * UInt64(level + 1))) - 1
            let path = TilePath(unchecked: .hashes(level: level), index: index, width: TilePath.fullWidth)
            full.append(PlacedTile(path: path, hashes: levels[level]))
            hash = MerkleTree.root(of: levels[level][...])
            levels[level].removeAll(keepingCapacity: true)
            level += 1
        }
    }

    /// The tiles that are not full, the lowest level first. Together with the full ones they are the whole log.
    package var partial: [PlacedTile] {
        TilePath.partial(size: size).compactMap { path in
            guard case .hashes(let level) = path.kind, level < levels.count else { return nil }
            return PlacedTile(path: path, hashes: levels[level])
        }
    }

    package var root: MerkleHash {
        var nodes: [MerkleHash] = []
        for hashes in levels.reversed() {
            var frontier = MerkleFrontier()
            for hash in hashes { frontier.append(hash) }
            nodes += frontier.nodes
        }
        return MerkleFrontier(size: size, nodes: nodes)?.root ?? .empty
    }
}

extension TilePath {
    /// The partial tiles of hashes in a log with `size` leaves, the lowest level first.
    package static func partial(size: UInt64) -> [TilePath] {
        (0..<8).compactMap { level in
            let hashes = size >> (8 * UInt64(level))
            let width = Int(hashes % 256)
            return width == 0 ? nil : TilePath(unchecked: .hashes(level: level), index: hashes / 256, width: width)
        }
    }

    /// The partial bundle of leaves in a log with `size` leaves; nil when its last one is full.
    package static func partialEntries(size: UInt64) -> TilePath? {
        let width = Int(size % 256)
        return width == 0 ? nil : TilePath(unchecked: .entries, index: size / 256, width: width)
    }

    /// The tile at a place in a log with `size` leaves: full, or as wide as it is there; nil when there is none.
    package static func tile(_ kind: Kind, index: UInt64, size: UInt64) -> TilePath? {
        var hashes = size
        if case .hashes(let level) = kind { hashes = level < 8 ? size >> (8 * UInt64(level)) : 0 }
        guard index <= hashes / 256 else { return nil }
        return TilePath(kind, index: index, width: index < hashes / 256 ? fullWidth : Int(hashes % 256))
    }
}
