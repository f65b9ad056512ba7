import MartletTransparency
import Testing

@Suite("tiles")
struct TileTests {
    static let leaves = (0..<70_000).map { MerkleHash.leaf(Array("leaf \($0)".utf8)) }

    /// A log of `size` leaves as its tiles.
    static func tiles(_ size: Int) -> [TilePath: [MerkleHash]] {
        var edge = TileEdge()
        var tiles: [TilePath: [MerkleHash]] = [:]
        for leaf in leaves.prefix(size) {
            for tile in edge.append(leaf) { tiles[tile.path] = tile.hashes }
        }
        for tile in edge.partial { tiles[tile.path] = tile.hashes }
        return tiles
    }

    static func root(_ size: Int) -> MerkleHash {
        var frontier = MerkleFrontier()
        for leaf in leaves.prefix(size) { frontier.append(leaf) }
        return frontier.root
    }

    static func tree(_ size: Int) -> TileTree<MissingTile> {
        let tiles = tiles(size)
        return TileTree(size: UInt64(size)) { path throws(MissingTile) in
            guard let hashes = tiles[path] else { throw MissingTile(path: path) }
            return hashes
        }
    }

    struct MissingTile: Error { let path: TilePath }

    @Test(
        "a path is written as C2SP writes it and read back",
        arguments: [
            (TilePath(.hashes(level: 0), index: 0), "tile/0/000"),
            (TilePath(.hashes(level: 3), index: 1_234_067), "tile/3/x001/x234/067"),
            (TilePath(.hashes(level: 63), index: 999, width: 255), "tile/63/999.p/255"),
            (TilePath(.entries, index: 1000, width: 1), "tile/entries/x001/000.p/1"),
            (TilePath(.entries, index: .max), "tile/entries/x018/x446/x744/x073/x709/x551/615"),
        ])
    func paths(path: TilePath?, text: String) throws {
        let path = try #require(path)
        #expect(path.text == text)
        #expect(TilePath(text) == path)
    }

    @Test(
        "a path that is not exactly in form is refused",
        arguments: [
            "", "tile", "tile/0", "tile/0/", "/tile/0/000", "tile/0/000/", "tiles/0/000", "tile/64/000", "tile/00/000",
            "tile/-1/000", "tile/x/000", "tile/0/00", "tile/0/0000", "tile/0/x000/001", "tile/0/001/234",
            "tile/0/x001/x234", "tile/0/x01/234", "tile/0/000.p", "tile/0/000.p/", "tile/0/000.p/0", "tile/0/000.p/256",
            "tile/0/000.p/01", "tile/0/000.p/+1", "tile/0/000.q/1", "tile/0/x000.p/1", "tile/0/x001.p/000/1",
            "tile/0/x018/x446/x744/x073/x709/x551/616", "tile/entries/000.tmp", "tile/0/000 ", "tile/0/٠٠٠",
        ])
    func badPaths(text: String) {
        #expect(TilePath(text) == nil)
    }

    @Test("level and width have their ranges")
    func ranges() {
        #expect(TilePath(.hashes(level: 64), index: 0) == nil)
        #expect(TilePath(.hashes(level: -1), index: 0) == nil)
        #expect(TilePath(.entries, index: 0, width: 0) == nil)
        #expect(TilePath(.entries, index: 0, width: 257) == nil)
    }

    @Test("a tree of 70,000 leaves has the tiles of the example in the specification")
    func example() {
        let partial = TilePath.partial(size: 70_000)
        #expect(partial.map(\.text) == ["tile/0/x000/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"].map(Self.short))
        let all = Self.tiles(70_000).keys
        #expect(all.filter { $0.kind == .hashes(level: 0) && $0.isFull }.count == 273)
        #expect(all.filter { $0.kind == .hashes(level: 1) && $0.isFull }.count == 1)
        #expect(all.count == 277)
        #expect(TilePath.partialEntries(size: 70_000)?.text == "tile/entries/273.p/112")
        #expect(TilePath.partial(size: 256).map(\.text) == ["tile/1/000.p/1"])
        #expect(TilePath.partialEntries(size: 256) == nil)
        #expect(TilePath.partial(size: 0).isEmpty)
    }

    private static func short(_ text: String) -> String { text.replacing("x000/", with: "") }

    @Test("tile at a place: full on the left, as wide as the log on the right, none behind it")
    func places() {
        #expect(TilePath.tile(.hashes(level: 0), index: 0, size: 300)?.width == 256)
        #expect(TilePath.tile(.hashes(level: 0), index: 1, size: 300)?.width == 44)
        #expect(TilePath.tile(.hashes(level: 0), index: 1, size: 256) == nil)
        #expect(TilePath.tile(.hashes(level: 1), index: 0, size: 300)?.width == 1)
        #expect(TilePath.tile(.hashes(level: 1), index: 0, size: 255) == nil)
        #expect(TilePath.tile(.entries, index: 2, size: 300) == nil)
        #expect(TilePath.tile(.hashes(level: 7), index: 0, size: .max)?.width == 255)
        #expect(TilePath.tile(.hashes(level: 8), index: 0, size: .max) == nil)
    }

    @Test(
        "the root over the tiles is the root over the leaves, and the edge is taken up again",
        arguments: [0, 1, 2, 255, 256, 257, 511, 512, 1000, 65_535, 65_536, 65_537, 70_000])
    func roots(size: Int) throws {
        var edge = TileEdge()
        for leaf in Self.leaves.prefix(size) { _ = edge.append(leaf) }
        #expect(edge.root == Self.root(size))
        #expect(edge.size == UInt64(size))
        var again = try #require(TileEdge(size: edge.size, partial: edge.partial))
        #expect(again == edge)
        let next = MerkleHash.leaf([])
        #expect(again.append(next) == edge.append(next))
        #expect(again.root == edge.root)
    }

    @Test("an edge is not taken up with tiles of another size")
    func foreignEdge() {
        var edge = TileEdge()
        for leaf in Self.leaves.prefix(300) { _ = edge.append(leaf) }
        #expect(TileEdge(size: 301, partial: edge.partial) == nil)
        #expect(TileEdge(size: 300, partial: Array(edge.partial.dropLast())) == nil)
        #expect(TileEdge(size: 300, partial: edge.partial.reversed()) == nil)
    }

    @Test("tiles and bundles are read back as they were written, and with no byte more or less")
    func bytes() throws {
        let hashes = Array(Self.leaves.prefix(17))
        let tile = HashTile.encode(hashes)
        #expect(HashTile.decode(tile, width: 17) == hashes)
        #expect(HashTile.decode(tile, width: 16) == nil)
        #expect(HashTile.decode(Array(tile.dropLast()), width: 17) == nil)
        let leaves: [[UInt8]] = [[], [7], Array(repeating: 1, count: 65_535), Array("{}".utf8)]
        var bundle: [UInt8] = []
        for leaf in leaves { #expect(EntryBundle.append(leaf, to: &bundle)) }
        #expect(!EntryBundle.append(Array(repeating: 1, count: 65_536), to: &bundle))
        #expect(EntryBundle.decode(bundle, width: 4) == leaves)
        #expect(EntryBundle.decode(bundle, width: 3) == nil)
        #expect(EntryBundle.decode(bundle, width: 5) == nil)
        #expect(EntryBundle.decode(bundle + [0], width: 5) == nil)
        #expect(EntryBundle.decode(Array(bundle.dropLast()), width: 4) == nil)
        #expect(EntryBundle.decode([], width: 0) == [])
        #expect(Array(bundle.prefix(5)) == [0, 0, 0, 1, 7])
    }

    @Test("proofs of inclusion from tiles verify", arguments: [1, 2, 200, 256, 257, 1000, 65_536, 70_000])
    func inclusion(size: Int) throws {
        let (tree, root) = (Self.tree(size), Self.root(size))
        #expect(try tree.root(of: 0..<UInt64(size)) == root)
        for index in Set([0, 1, 127, 255, 256, 511, 512, 65_535, 65_536, size / 2, size - 1]) where index < size {
            let path = try #require(try tree.inclusionPath(of: UInt64(index)))
            #expect(
                InclusionProof.verify(
                    leaf: Self.leaves[index], index: UInt64(index), size: UInt64(size), path: path, root: root),
                "\(index) of \(size)")
        }
        #expect(try tree.inclusionPath(of: UInt64(size)) == nil)
    }

    @Test("proofs of consistency from tiles verify", arguments: [1, 2, 200, 256, 257, 1000, 65_536, 70_000])
    func consistency(size: Int) throws {
        let (tree, root) = (Self.tree(size), Self.root(size))
        for first in Set([1, 2, 100, 255, 256, 257, 512, 65_535, 65_536, size - 1, size])
        where (1...size).contains(first) {
            let path = try #require(try tree.consistencyPath(from: UInt64(first)))
            #expect(
                ConsistencyProof.verify(
                    first: UInt64(first), firstRoot: Self.root(first), second: UInt64(size),
                    secondRoot: root,
                    path: path), "\(first) of \(size)")
        }
        #expect(try tree.consistencyPath(from: 0) == nil)
        #expect(try tree.consistencyPath(from: UInt64(size) + 1) == nil)
    }

    @Test("proofs from tiles are those made from all leaves")
    func sameProofs() throws {
        let leaves = Array(Self.leaves.prefix(600))
        let tree = Self.tree(600)
        for index in 0..<600 {
            #expect(try tree.inclusionPath(of: UInt64(index)) == InclusionProof.path(index: index, leaves: leaves))
            #expect(
                try tree.consistencyPath(from: UInt64(index + 1))
                    == ConsistencyProof.path(first: index + 1, leaves: leaves))
        }
    }

    @Test("a tile that cannot be read stops the proof")
    func unreadable() {
        let tree = TileTree(size: 300) { path throws(MissingTile) in throw MissingTile(path: path) }
        #expect(throws: MissingTile.self) { try tree.inclusionPath(of: 5) }
    }
}
