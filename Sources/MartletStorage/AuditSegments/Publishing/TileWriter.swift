import MartletTransparency

/// Derives the tiles of a log from its segments. Full tiles are written once; partial ones for each checkpoint.
struct TileWriter: Sendable {
    private var files: TileFiles
    private var follower: LeafFollower
    private var edge: TileEdge
    /// The bytes of the bundle that is not full yet.
    private var bundle: [UInt8]
    /// The partial tiles on disk that belong to the last checkpoint.
    private var partial: Set<TilePath>
    /// Full tiles written since then.
    private var completed: [TilePath] = []
    /// Whether all that lies there is of checkpoints that were signed: not behind a crash, until the first one is.
    private var isSettled = false

    /// Goes on behind `checkpoint`, or from the first leaf when its tiles are not on disk, all and right.
    init(behind checkpoint: Checkpoint, layout: LogLayout, files: any SegmentFiles) throws(SegmentError) {
        self.files = TileFiles(layout: layout, files: files)
        let found: StoredEdge?
        do throws(FileError) {
            found = try StoredEdge(of: checkpoint, files: self.files)
        } catch {
            throw .file(error)
        }
        edge = found?.edge ?? TileEdge()
        bundle = found?.bundle ?? []
        partial = found?.paths ?? []
        completed = TilePath.newestFull(below: edge.size)
        follower = LeafFollower(layout: layout, files: files, from: edge.size)
    }

    /// Whether a checkpoint must be durable before `removeOutdated`.
    var hasOutdated: Bool { !completed.isEmpty }

    /// When it returns, all tiles of the log up to `frontier` survive power loss.
    mutating func write(upTo frontier: MerkleFrontier) throws(SegmentError) {
        follower.refresh()
        while let leaf = try follower.next(below: frontier.size) { try take(leaf) }
        guard edge.root == frontier.root else { throw .tilesContradictLog(size: frontier.size) }
        do throws(FileError) {
            try putPartial()
            try files.settle()
        } catch {
            throw .file(error)
        }
    }

    /// Removes the partial tiles of which full ones are there now. Source: C2SP tlog-tiles, "Partial Tiles".
    mutating func removeOutdated() throws(SegmentError) {
        do throws(FileError) {
            for path in completed { try files.removePartials(of: path) }
        } catch {
            throw .file(error)
        }
        completed = []
        isSettled = true
    }

    /// Closes what is open; the writer is not used afterwards.
    func close() { follower.close() }

    private mutating func take(_ leaf: [UInt8]) throws(SegmentError) {
        guard EntryBundle.append(leaf, to: &bundle) else { throw .tilesContradictLog(size: edge.size) }
        let full = edge.append(.leaf(leaf))
        guard let first = full.first else { return }
        do throws(FileError) {
            let entries = first.path.entries
            try put(entries, bundle)
            bundle.removeAll(keepingCapacity: true)
            for tile in full { try put(tile.path, HashTile.encode(tile.hashes)) }
        } catch {
            throw .file(error)
        }
    }

    private mutating func put(_ path: TilePath, _ bytes: [UInt8]) throws(FileError) {
        try files.put(path, bytes)
        // Only a tile that was partial has anything to clear away.
        if !isSettled || partial.contains(where: { $0.full == path }) { completed.append(path) }
    }

    private mutating func putPartial() throws(FileError) {
        var paths: Set<TilePath> = []
        for tile in edge.partial {
            if !partial.contains(tile.path) { try files.put(tile.path, HashTile.encode(tile.hashes)) }
            paths.insert(tile.path)
        }
        if let entries = TilePath.partialEntries(size: edge.size) {
            if !partial.contains(entries) { try files.put(entries, bundle) }
            paths.insert(entries)
        }
        partial = paths
    }
}

extension TilePath {
    /// The newest full tile of each kind and level: a crash may have left partial ones beside it.
    fileprivate static func newestFull(below size: UInt64) -> [TilePath] {
        guard size >= 256 else { return [] }
        var (paths, count, level) = ([TilePath(.entries, index: size / 256 - 1)], size / 256, 0)
        while count > 0 {
            paths.append(TilePath(.hashes(level: level), index: count - 1))
            (count, level) = (count / 256, level + 1)
        }
        return paths.compactMap(\.self)
    }
}

/// The right edge of the tiles on disk, as a checkpoint vouches for it.
private struct StoredEdge {
    let edge: TileEdge
    let bundle: [UInt8]
    let paths: Set<TilePath>

    /// nil when a tile is missing or another one than the checkpoint says.
    init?(of checkpoint: Checkpoint, files: TileFiles) throws(FileError) {
        var tiles: [PlacedTile] = []
        for path in TilePath.partial(size: checkpoint.size) {
            guard let bytes = try files.read(path, limit: 32 * path.width + 1),
                let hashes = HashTile.decode(bytes, width: path.width)
            else { return nil }
            tiles.append(PlacedTile(path: path, hashes: hashes))
        }
        guard let edge = TileEdge(size: checkpoint.size, partial: tiles), edge.root == checkpoint.root else {
            return nil
        }
        var bundle: [UInt8] = []
        let entries = TilePath.partialEntries(size: checkpoint.size)
        if let path = entries {
            guard let bytes = try files.read(path, limit: path.width * (EntryBundle.maximumLeafBytes + 2) + 1),
                let leaves = EntryBundle.decode(bytes, width: path.width),
                leaves.map({ MerkleHash.leaf($0) }) == tiles.first?.hashes
            else { return nil }
            bundle = bytes
        }
        self.edge = edge
        self.bundle = bundle
        paths = Set(tiles.map(\.path) + [entries].compactMap(\.self))
    }
}
