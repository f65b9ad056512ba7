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
        // Only a tile that a checkpoint found partial has anything to clear away.
        if partial.contains(where: { $0.full == path }) { completed.append(path) }
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
