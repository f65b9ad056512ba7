/// Hashes over a whole list of leaf hashes; for proofs and tests, not for the hot path.
enum MerkleTree {
    /// The root of the tree over `leaves`. Source: RFC 9162, section 2.1.1, "MTH".
    static func root(of leaves: ArraySlice<MerkleHash>) -> MerkleHash {
        var frontier = MerkleFrontier()
        for leaf in leaves { frontier.append(leaf) }
        return frontier.root
    }

    /// The largest power of two smaller than `count`; `count` is at least 2.
    static func split(_ count: Int) -> Int { 1 << (Int.bitWidth - 1 - (count - 1).leadingZeroBitCount) }
}
