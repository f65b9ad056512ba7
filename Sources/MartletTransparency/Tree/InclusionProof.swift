/// Shows that a leaf stands at one index of a tree with a known root. Source: RFC 9162, section 2.1.3.
package enum InclusionProof {
    /// The path from the leaf at `index` up to the root of the tree over `leaves`; nil when there is no such leaf.
    package static func path(index: Int, leaves: [MerkleHash]) -> [MerkleHash]? {
        guard leaves.indices.contains(index) else { return nil }
        return path(index, leaves[...])
    }

    private static func path(_ index: Int, _ leaves: ArraySlice<MerkleHash>) -> [MerkleHash] {
        guard leaves.count > 1 else { return [] }
        let middle = leaves.startIndex + MerkleTree.split(leaves.count)
        let (left, right) = (leaves[..<middle], leaves[middle...])
        return index < middle
            ? path(index, left) + [MerkleTree.root(of: right)]
            : path(index, right) + [MerkleTree.root(of: left)]
    }

    /// Whether `path` leads from `leaf`, at `index` of a tree with `size` leaves, to exactly `root`.
    ///
    /// Source: RFC 9162, section 2.1.3.2.
    package static func verify(
        leaf: MerkleHash, index: UInt64, size: UInt64, path: [MerkleHash], root: MerkleHash
    ) -> Bool {
        guard index < size else { return false }
        var (node, last) = (index, size - 1)
        var hash = leaf
        for sibling in path {
            guard last > 0 else { return false }
            if node & 1 == 1 || node == last {
                hash = .node(sibling, hash)
                while node & 1 == 0, node != 0 { (node, last) = (node >> 1, last >> 1) }
            } else {
                hash = .node(hash, sibling)
            }
            (node, last) = (node >> 1, last >> 1)
        }
        return last == 0 && hash == root
    }
}
