import MartletTransparency

/// What a path leads to, by the recursion of the standard from the root down. Source: RFC 9162, section 2.1.
enum PathModel {
    /// The root that `path` leads to from `leaf`; nil when its length is not that of this place.
    static func root(
        _ leaf: MerkleHash, index: UInt64, size: UInt64, path: ArraySlice<MerkleHash>
    ) -> MerkleHash? {
        guard index < size else { return nil }
        guard size > 1 else { return path.isEmpty ? leaf : nil }
        guard let last = path.last else { return nil }
        let middle = split(size)
        if index < middle {
            return root(leaf, index: index, size: middle, path: path.dropLast()).map { .node($0, last) }
        }
        return root(leaf, index: index - middle, size: size - middle, path: path.dropLast()).map { .node(last, $0) }
    }

    /// The roots of the first `first` of `second` leaves and of all that `path` ties together; `whole` is the first one
    /// where the path leaves it out.
    static func roots(
        first: UInt64, second: UInt64, whole: MerkleHash?, path: ArraySlice<MerkleHash>
    ) -> (old: MerkleHash, new: MerkleHash)? {
        guard first > 0, first <= second else { return nil }
        if first == second {
            if let whole { return path.isEmpty ? (whole, whole) : nil }
            guard path.count == 1, let hash = path.first else { return nil }
            return (hash, hash)
        }
        guard let last = path.last else { return nil }
        let middle = split(second)
        if first <= middle {
            return roots(first: first, second: middle, whole: whole, path: path.dropLast())
                .map { ($0.old, .node($0.new, last)) }
        }
        return roots(first: first - middle, second: second - middle, whole: nil, path: path.dropLast())
            .map { (.node(last, $0.old), .node(last, $0.new)) }
    }

    /// The largest power of two below a size of at least 2.
    private static func split(_ size: UInt64) -> UInt64 { 1 << UInt64(63 - (size - 1).leadingZeroBitCount) }
}
