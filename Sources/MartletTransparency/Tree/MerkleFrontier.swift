/// The right edge of a growing tree: enough to append leaves and to know the root, in 64 hashes at most.
///
/// Holds one hash for each complete subtree, that is for each 1 bit of the size, the largest subtree first.
package struct MerkleFrontier: Hashable, Sendable {
    package private(set) var size: UInt64
    package private(set) var nodes: [MerkleHash]

    package init() {
        size = 0
        nodes = []
    }

    /// Takes up a stored frontier; nil when the number of hashes does not fit the size.
    package init?(size: UInt64, nodes: [MerkleHash]) {
        guard nodes.count == size.nonzeroBitCount else { return nil }
        self.size = size
        self.nodes = nodes
    }

    package mutating func append(_ leaf: MerkleHash) {
        var hash = leaf
        for _ in 0..<size.trailingOnes {
            hash = .node(nodes.removeLast(), hash)
        }
        nodes.append(hash)
        size += 1
    }

    package var root: MerkleHash {
        guard var hash = nodes.last else { return .empty }
        for node in nodes.dropLast().reversed() { hash = .node(node, hash) }
        return hash
    }
}

extension UInt64 {
    fileprivate var trailingOnes: Int { (~self).trailingZeroBitCount }
}
