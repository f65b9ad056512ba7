/// Shows that a tree is the continuation of a smaller one. Source: RFC 9162, section 2.1.4.
package enum ConsistencyProof {
    /// The path that ties the tree over the first `first` leaves to the tree over all; nil when `first` is not within
    /// 1 to the number of leaves.
    package static func path(first: Int, leaves: [MerkleHash]) -> [MerkleHash]? {
        guard first >= 1, first <= leaves.count else { return nil }
        return path(first, leaves[...], isWhole: true)
    }

    /// SUBPROOF of RFC 9162, section 2.1.4.1; `isWhole` says that the old root is known to the verifier.
    private static func path(_ first: Int, _ leaves: ArraySlice<MerkleHash>, isWhole: Bool) -> [MerkleHash] {
        if first == leaves.count { return isWhole ? [] : [MerkleTree.root(of: leaves)] }
        let width = MerkleTree.split(leaves.count)
        let middle = leaves.startIndex + width
        let (left, right) = (leaves[..<middle], leaves[middle...])
        return first <= width
            ? path(first, left, isWhole: isWhole) + [MerkleTree.root(of: right)]
            : path(first - width, right, isWhole: false) + [MerkleTree.root(of: left)]
    }

    /// Whether the tree (`second`, `secondRoot`) continues the tree (`first`, `firstRoot`), shown by `path`.
    ///
    /// An empty first tree proves nothing and is refused. Source: RFC 9162, section 2.1.4.2.
    package static func verify(
        first: UInt64, firstRoot: MerkleHash, second: UInt64, secondRoot: MerkleHash, path: [MerkleHash]
    ) -> Bool {
        guard first > 0, first <= second else { return false }
        if first == second { return path.isEmpty && firstRoot == secondRoot }
        var rest = path[...]
        var start = firstRoot
        if first & (first - 1) != 0 {
            guard let node = rest.popFirst() else { return false }
            start = node
        }
        guard !rest.isEmpty, let climbed = climb(from: first - 1, to: second - 1, start: start, path: rest) else {
            return false
        }
        return climbed == (firstRoot, secondRoot)
    }

    private static func climb(
        from first: UInt64, to second: UInt64, start: MerkleHash, path: ArraySlice<MerkleHash>
    ) -> (MerkleHash, MerkleHash)? {
        let level = (~first).trailingZeroBitCount
        var (node, last) = (first >> level, second >> level)
        var (old, new) = (start, start)
        for sibling in path {
            guard last > 0 else { return nil }
            if node & 1 == 1 || node == last {
                (old, new) = (.node(sibling, old), .node(sibling, new))
                while node & 1 == 0, node != 0 { (node, last) = (node >> 1, last >> 1) }
            } else {
                new = .node(new, sibling)
            }
            (node, last) = (node >> 1, last >> 1)
        }
        return last == 0 ? (old, new) : nil
    }
}
