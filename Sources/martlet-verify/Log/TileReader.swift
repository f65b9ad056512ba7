import MartletTransparency

/// Reads the tiles of a log of one size.
struct TileReader<Source: LogSource>: Sendable {
    let source: Source
    let size: UInt64

    /// One file, and whether it may go on behind the width that is looked at: the full tile took a partial one's place.
    struct File: Sendable {
        let path: TilePath
        let bytes: [UInt8]
        let width: Int
        var mayGoOn: Bool { path.width > width }
    }

    /// Bundles of records, and tiles of hashes on level 0, that the log has.
    var count: UInt64 { size / 256 + (size % 256 == 0 ? 0 : 1) }

    /// The tile at a place, which the log must have.
    func file(_ kind: TilePath.Kind, _ index: UInt64) throws(LogFault) -> File {
        guard let path = TilePath.tile(kind, index: index, size: size) else {
            throw LogFault(file: "checkpoint", problem: .rewritten)
        }
        if let bytes = try bytes(path) { return File(path: path, bytes: bytes, width: path.width) }
        if !path.isFull, let bytes = try bytes(path.full) {
            return File(path: path.full, bytes: bytes, width: path.width)
        }
        throw LogFault(file: path.text, index: firstRecord(path), problem: .missing)
    }

    /// nil when there is no such file.
    func bytes(_ path: TilePath) throws(LogFault) -> [UInt8]? {
        let unit = path.kind == .entries ? EntryBundle.maximumLeafBytes + 2 : 32
        do throws(UnreadableFile) {
            return try source.read(path.text, limit: path.width * unit)
        } catch {
            throw LogFault(file: path.text, problem: .unreadable(error.reason))
        }
    }

    /// The hashes that the log has for bundle `index`, as a tile says or made from its records; nil when the file is not
    /// there or not in form.
    func hashes(_ side: Side, _ index: UInt64) throws(LogFault) -> [MerkleHash]? {
        let file: File
        do throws(LogFault) {
            file = try self.file(side == .hashes ? .hashes(level: 0) : .entries, index)
        } catch {
            guard error.problem == .missing else { throw error }
            return nil
        }
        switch side {
        case .hashes: return HashTile.decode(Array(file.bytes.prefix(32 * file.width)), width: file.width)
        case .records:
            guard let leaves = EntryBundle.leaves(file.bytes, limit: file.width), leaves.count == file.width else {
                return nil
            }
            return leaves.map { MerkleHash.leaf($0) }
        }
    }

    /// The first record below a tile.
    func firstRecord(_ path: TilePath) -> UInt64 {
        guard case .hashes(let level) = path.kind else { return path.index << 8 }
        return path.index << (8 * UInt64(level + 1))
    }
}

/// What of the log is believed, because it gives the signed root.
enum Side: Hashable {
    case hashes
    case records
}
