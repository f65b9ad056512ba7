import Foundation
import MartletTransparency
import Testing

@Suite("vectors of others", .enabled(if: Vectors.arePresent, "../shared/data/tlog is not on this machine"))
struct VectorTests {
    @Test("each inclusion proof of transparency-dev/merkle is accepted or refused as it says")
    func inclusion() throws {
        let files = Vectors.files("inclusion")
        #expect(files.count == 98)
        for file in files {
            let vector: InclusionVector = try Vectors.load(file)
            #expect(vector.isAccepted == !vector.wantErr, "\(file.path)")
        }
    }

    @Test("each consistency proof of transparency-dev/merkle is accepted or refused as it says")
    func consistency() throws {
        let files = Vectors.files("consistency")
        #expect(files.count == 98)
        for file in files {
            let vector: ConsistencyVector = try Vectors.load(file)
            #expect(vector.isAccepted == !vector.wantErr, "\(file.path)")
        }
    }

    @Test("the roots over the leaves of RFC 6962's reference tests are the same")
    func roots() throws {
        let vectors: RootVectors = try Vectors.load(Vectors.folder.appending(path: "rfc6962-roots.json"))
        #expect(vectors.leaves_hex.count == 8)
        var frontier = MerkleFrontier()
        #expect(frontier.root.bytes == bytes(hex: vectors.roots_hex[0]))
        for (leaf, root) in zip(vectors.leaves_hex, vectors.roots_hex.dropFirst()) {
            frontier.append(.leaf(bytes(hex: leaf)))
            #expect(frontier.root.bytes == bytes(hex: root))
        }
    }

    @Test("the example of C2SP signed-note verifies")
    func note() throws {
        let vector: NoteVector = try Vectors.load(Vectors.folder.appending(path: "c2sp-signed-note-example.json"))
        let verifier = try #require(NoteVerifier(vector.vkey))
        #expect(try verifier.verify(vector.signed) == vector.text)
    }

    @Test("each checkpoint of a real log verifies, and its root is the root over the log's entries")
    func realLog() throws {
        let log = Vectors.folder.appending(path: "tessera-log")
        let keyText = try String(contentsOf: Vectors.folder.appending(path: "tessera-log.vkey"), encoding: .utf8)
        let verifier = try #require(NoteVerifier(keyText.trimmingCharacters(in: .newlines)))
        var frontier = MerkleFrontier()
        let hashes = try Array(Data(contentsOf: log.appending(path: "tile/0/000.p/15")))
        for size in 0...15 {
            let note = try String(contentsOf: log.appending(path: "checkpoint.\(size)"), encoding: .utf8)
            let checkpoint = try #require(Checkpoint(note: try verifier.verify(note)))
            #expect(checkpoint.size == UInt64(size))
            #expect(checkpoint.root == frontier.root)
            guard size < 15 else { break }
            frontier.append(try #require(MerkleHash(bytes: hashes[(32 * size)..<(32 * size + 32)])))
        }
    }

    @Test("the tiles and bundles of a real log are the ones we make from its entries")
    func realTiles() throws {
        let log = Vectors.folder.appending(path: "tessera-log")
        let bundle = try Array(Data(contentsOf: log.appending(path: "tile/entries/000.p/15")))
        let leaves = try #require(EntryBundle.decode(bundle, width: 15))
        var edge = TileEdge()
        var ours: [UInt8] = []
        for (place, leaf) in leaves.enumerated() {
            #expect(edge.append(.leaf(leaf)).isEmpty)
            #expect(EntryBundle.append(leaf, to: &ours))
            let entries = try #require(TilePath.partialEntries(size: UInt64(place + 1)))
            #expect(try Array(Data(contentsOf: log.appending(path: entries.text))) == ours)
            let tile = try #require(edge.partial.first)
            #expect(try Array(Data(contentsOf: log.appending(path: tile.path.text))) == HashTile.encode(tile.hashes))
        }
        let keyText = try String(contentsOf: Vectors.folder.appending(path: "tessera-log.vkey"), encoding: .utf8)
        let verifier = try #require(NoteVerifier(keyText.trimmingCharacters(in: .newlines)))
        let note = try String(contentsOf: log.appending(path: "checkpoint"), encoding: .utf8)
        #expect(try Checkpoint(signed: note, by: verifier).root == edge.root)
    }
}
