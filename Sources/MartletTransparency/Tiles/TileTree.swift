/// The tree of a log of which only tiles are at hand: makes proofs, and reads a tile only when one needs it.
///
/// `read` gives the hashes of the tile at a path, as many as the path says; it is asked for the same tile more than once.
/// What it gives is believed: a proof made from it shows by itself whether that was right.
package struct TileTree<Failure: Error> {
    package let size: UInt64
    private let read: (TilePath) throws(Failure) -> [MerkleHash]

    package init(size: UInt64, read: @escaping (TilePath) throws(Failure) -> [MerkleHash]) {
        self.size = size
        self.read = read
    }

    /// The path from the leaf at `index` up to the root; nil when there is no such leaf.
    ///
    /// Source: RFC 9162, section 2.1.3.
    package func inclusionPath(of index: UInt64) throws(Failure) -> [MerkleHash]? {
        guard index < size else { return nil }
        var (path, range) = ([MerkleHash](), 0..<size)
        while range.upperBound - range.lowerBound > 1 {
            let (left, right) = Self.halves(range)
            path.append(try root(of: left.contains(index) ? right : left))
            range = left.contains(index) ? left : right
        }
        return path.reversed()
    }

    /// The path that ties the tree over the first `first` leaves to this one; nil when `first` is not within 1 to `size`.
    ///
    /// Source: RFC 9162, section 2.1.4.1.
    package func consistencyPath(from first: UInt64) throws(Failure) -> [MerkleHash]? {
        guard first >= 1, first <= size else { return nil }
        var (path, range, isWhole) = ([MerkleHash](), 0..<size, true)
        while first < range.upperBound {
            let (left, right) = Self.halves(range)
            path.append(try root(of: first <= left.upperBound ? right : left))
            if first > left.upperBound { isWhole = false }
            range = first <= left.upperBound ? left : right
        }
        if !isWhole { path.append(try root(of: range)) }
        return path.reversed()
    }

    /// The root over a range of leaves that starts at a multiple of its width, rounded up to a power of two.
    package func root(of range: Range<UInt64>) throws(Failure) -> MerkleHash {
        guard !range.isEmpty else { return .empty }
        let width = range.upperBound - range.lowerBound
        if width.nonzeroBitCount == 1 {
            let level = width.trailingZeroBitCount
            return try node(level: level, index: range.lowerBound >> UInt64(level))
        }
        let (left, right) = Self.halves(range)
        return .node(try root(of: left), try root(of: right))
    }

    /// The root of a complete subtree of 2^`level` leaves.
    private func node(level: Int, index: UInt64) throws(Failure) -> MerkleHash {
        let (tileLevel, height) = (level / 8, UInt64(level % 8))
        let first = index << height
        guard let path = TilePath.tile(.hashes(level: tileLevel), index: first / 256, size: size) else {
            return .empty
        }
        let start = Int(first % 256)
        return MerkleTree.root(of: try read(path).dropFirst(start).prefix(1 << height))
    }

    private static func halves(_ range: Range<UInt64>) -> (Range<UInt64>, Range<UInt64>) {
        let width = range.upperBound - range.lowerBound
        let middle = range.lowerBound + 1 << UInt64(63 - (width - 1).leadingZeroBitCount)
        return (range.lowerBound..<middle, middle..<range.upperBound)
    }
}
