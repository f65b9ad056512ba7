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
}
