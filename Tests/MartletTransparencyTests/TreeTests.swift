import MartletTransparency
import Testing

@Suite("hash tree")
struct TreeTests {
    static let leaves = (0..<70).map { MerkleHash.leaf([UInt8($0)]) }

    static func root(_ count: Int) -> MerkleHash {
        var frontier = MerkleFrontier()
        for leaf in leaves.prefix(count) { frontier.append(leaf) }
        return frontier.root
    }

    @Test("leaves and nodes are hashed apart")
    func domains() {
        let (left, right) = (MerkleHash.leaf([1]), MerkleHash.leaf([2]))
        #expect(MerkleHash.node(left, right) != MerkleHash.leaf(left.bytes + right.bytes))
        #expect(MerkleHash.node(left, right) != MerkleHash.node(right, left))
    }

    @Test("a hash is exactly 32 bytes", arguments: [0, 31, 33])
    func length(count: Int) {
        #expect(MerkleHash(bytes: [UInt8](repeating: 7, count: count)) == nil)
    }

    @Test("every leaf of every tree up to 70 leaves has a proof that verifies, and only for itself")
    func inclusion() throws {
        for size in 1...70 {
            let leaves = Array(Self.leaves.prefix(size))
            for index in 0..<size {
                let path = try #require(InclusionProof.path(index: index, leaves: leaves))
                func holds(_ leaf: Int, at place: Int, of count: Int) -> Bool {
                    InclusionProof.verify(
                        leaf: Self.leaves[leaf], index: UInt64(place), size: UInt64(count), path: path,
                        root: Self.root(size))
                }
                #expect(holds(index, at: index, of: size))
                #expect(!holds((index + 1) % 70, at: index, of: size))
                #expect(size == 1 || !holds(index, at: (index + 1) % size, of: size))
            }
        }
        #expect(InclusionProof.path(index: 70, leaves: Self.leaves) == nil)
        #expect(InclusionProof.path(index: -1, leaves: Self.leaves) == nil)
    }

    @Test("every smaller tree is shown to continue into every larger one, and no other tree is")
    func consistency() throws {
        for second in 1...40 {
            for first in 1...second {
                let path = try #require(ConsistencyProof.path(first: first, leaves: Array(Self.leaves.prefix(second))))
                func holds(_ firstRoot: MerkleHash, _ secondRoot: MerkleHash) -> Bool {
                    ConsistencyProof.verify(
                        first: UInt64(first), firstRoot: firstRoot, second: UInt64(second), secondRoot: secondRoot,
                        path: path)
                }
                #expect(holds(Self.root(first), Self.root(second)))
                #expect(!holds(Self.root(first + 1), Self.root(second)))
                #expect(!holds(Self.root(first), Self.root(second + 1)))
            }
        }
        #expect(ConsistencyProof.path(first: 0, leaves: Self.leaves) == nil)
        #expect(ConsistencyProof.path(first: 71, leaves: Self.leaves) == nil)
    }

    @Test("a frontier is taken up only with as many hashes as its size has 1 bits")
    func frontier() throws {
        var whole = MerkleFrontier()
        for leaf in Self.leaves.prefix(13) { whole.append(leaf) }
        var restored = try #require(MerkleFrontier(size: 13, nodes: whole.nodes))
        restored.append(Self.leaves[13])
        #expect(restored.root == Self.root(14))
        #expect(MerkleFrontier(size: 12, nodes: whole.nodes) == nil)
        #expect(MerkleFrontier(size: 15, nodes: whole.nodes) == nil)
    }
}
