import MartletTransparency

/// Over a tree that is at hand: each path is right, all ways to make it agree, and a changed one shows nothing.
struct TreeProperties {
    private let leaves: [MerkleHash]
    private let root: MerkleHash
    private let index: Int
    private let world: LogWorld

    /// The lines of the input are the leaves; the byte before the last one says which of them is looked at.
    static func check(_ input: [UInt8], _ world: LogWorld) throws(Violation) {
        let lines = input.split(separator: 0x0A, maxSplits: 300, omittingEmptySubsequences: false)
        let index = Int(input.dropLast().last ?? 0) % lines.count
        try TreeProperties(leaves: lines.map { MerkleHash.leaf(Array($0)) }, index: index, world: world).check()
    }

    private init(leaves: [MerkleHash], index: Int, world: LogWorld) {
        (self.leaves, self.index, self.world) = (leaves, index, world)
        root = Self.root(leaves[...])
    }

    private static func root(_ leaves: ArraySlice<MerkleHash>) -> MerkleHash {
        var frontier = MerkleFrontier()
        for leaf in leaves { frontier.append(leaf) }
        return frontier.root
    }

    private func check() throws(Violation) {
        guard let path = InclusionProof.path(index: index, leaves: leaves),
            let tie = ConsistencyProof.path(first: index + 1, leaves: leaves)
        else { throw Violation(description: "a leaf of a tree has no path") }
        try require(shows(leaves[index], index, path), "a path does not lead to the root")
        try require(ties(Self.root(leaves[...index]), root, tie), "a path does not tie two trees together")
        try checkTiles(path, tie)
        for changed in Self.changes(of: path) { try checkSoundness(changed) }
        for changed in Self.changes(of: tie) where changed != tie { try checkTie(changed) }
        try checkProof(path)
    }

    /// From the tiles of the same log come the same paths.
    private func checkTiles(_ path: [MerkleHash], _ tie: [MerkleHash]) throws(Violation) {
        var edge = TileEdge()
        var tiles: [TilePath: [MerkleHash]] = [:]
        for leaf in leaves { for full in edge.append(leaf) { tiles[full.path] = full.hashes } }
        for partial in edge.partial { tiles[partial.path] = partial.hashes }
        try require(edge.root == root, "the edge of the tiles has another root")
        let again = TileEdge(size: UInt64(leaves.count), partial: edge.partial)
        try require(again == edge, "the edge of a log is not taken up again")
        let known = tiles
        let tree = TileTree<Never>(size: UInt64(leaves.count)) { known[$0] ?? [] }
        try require(tree.inclusionPath(of: UInt64(index)) == path, "the tiles give another path to a leaf")
        try require(tree.consistencyPath(from: UInt64(index) + 1) == tie, "the tiles tie two trees otherwise")
        try require(tree.root(of: 0..<UInt64(leaves.count)) == root, "the tiles have another root")
    }

    /// What a path shows is there.
    private func checkSoundness(_ path: [MerkleHash]) throws(Violation) {
        let wrong = MerkleHash.node(leaves[index], leaves[index])
        for place in Set([index, index ^ 1, 0, leaves.count - 1, leaves.count]) {
            for leaf in [leaves[index], leaves[place % leaves.count], wrong] where shows(leaf, place, path) {
                try require(
                    leaves.indices.contains(place) && leaves[place] == leaf, "a leaf is shown that is not there")
            }
        }
    }

    private func checkTie(_ path: [MerkleHash]) throws(Violation) {
        try require(!ties(Self.root(leaves[...index]), root, path), "a changed path ties two trees together")
    }

    /// The same as a file that somebody carries away.
    private func checkProof(_ path: [MerkleHash]) throws(Violation) {
        let note = try world.note(size: UInt64(leaves.count), root: root)
        let written = TlogProof(index: UInt64(index), path: path, note: note)
        let proof = try expect("a proof is not read as it was printed") { () throws(TlogProofError) in
            try TlogProof(written.text)
        }
        let reached = attempt { () throws(TlogProofError) in
            try proof.verify(leaf: leaves[index], verifier: world.verifier)
        }
        try require(reached?.root == root && reached?.size == UInt64(leaves.count), "a proof does not hold")
        let other = attempt { () throws(TlogProofError) in try proof.verify(leaf: root, verifier: world.verifier) }
        try require(other == nil || leaves[index] == root, "a proof shows another leaf")
    }

    private func shows(_ leaf: MerkleHash, _ place: Int, _ path: [MerkleHash]) -> Bool {
        InclusionProof.verify(leaf: leaf, index: UInt64(place), size: UInt64(leaves.count), path: path, root: root)
    }

    private func ties(_ old: MerkleHash, _ new: MerkleHash, _ path: [MerkleHash]) -> Bool {
        ConsistencyProof.verify(
            first: UInt64(index) + 1, firstRoot: old, second: UInt64(leaves.count), secondRoot: new, path: path)
    }

    private static func changes(of path: [MerkleHash]) -> [[MerkleHash]] {
        [
            path, Array(path.dropLast()), Array(path.dropFirst()), path + [.empty], [.empty] + path, path.reversed(),
            path.dropLast() + [MerkleHash.node(path.last ?? .empty, .empty)],
        ]
    }
}
