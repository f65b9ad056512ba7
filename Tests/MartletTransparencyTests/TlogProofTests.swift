import MartletTransparency
import Testing

@Suite("tlog-proof")
struct TlogProofTests {
    static let leaves = (0..<300).map { MerkleHash.leaf(Array("leaf \($0)".utf8)) }

    static func proof(_ index: Int = 7, extra: [UInt8]? = nil) throws -> (TlogProof, NoteVerifier) {
        let signer = try NoteTests.signer()
        var frontier = MerkleFrontier()
        for leaf in leaves { frontier.append(leaf) }
        let checkpoint = Checkpoint(origin: "log.test/a", size: 300, root: frontier.root)
        let path = try #require(InclusionProof.path(index: index, leaves: leaves))
        let note = try signer.sign(checkpoint.text)
        return (
            TlogProof(index: UInt64(index), path: path, note: note, extra: extra),
            try #require(NoteVerifier(signer.verifierKey))
        )
    }

    @Test("a proof is read back as it was written, and verifies for its leaf alone", arguments: [nil, [], [1, 2, 3]])
    func roundTrip(extra: [UInt8]?) throws {
        let (proof, verifier) = try Self.proof(extra: extra)
        let again = try TlogProof(proof.text)
        #expect(again == proof)
        #expect(try again.verify(leaf: Self.leaves[7], verifier: verifier).size == 300)
        #expect(throws: TlogProofError.notIncluded) { try again.verify(leaf: Self.leaves[8], verifier: verifier) }
    }

    @Test("the text is the one of the specification")
    func form() throws {
        let (proof, _) = try Self.proof(extra: [0xFF])
        let lines = proof.text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0] == "c2sp.org/tlog-proof@v1")
        #expect(lines[1] == "extra /w==")
        #expect(lines[2] == "index 7")
        #expect(lines[3] == Self.leaves[6].description)
        #expect(lines[3 + proof.path.count] == "")
        #expect(proof.text.hasSuffix(proof.note))
    }

    @Test("a tree of one leaf has a proof without a path")
    func single() throws {
        let signer = try NoteTests.signer()
        let note = try signer.sign(Checkpoint(origin: "log.test/a", size: 1, root: Self.leaves[0]).text)
        let proof = try TlogProof(TlogProof(index: 0, path: [], note: note).text)
        try proof.verify(leaf: Self.leaves[0], verifier: try #require(NoteVerifier(signer.verifierKey)))
    }

    static let hash = NoteTests.root
    @Test(
        "a proof that is not in form is refused, with the line",
        arguments: [
            ("", 1), ("c2sp.org/tlog-proof@v2\nindex 0\n\nx\n", 1), ("c2sp.org/tlog-proof@v1\n", 2),
            ("c2sp.org/tlog-proof@v1\nindex 01\n\nx\n", 2), ("c2sp.org/tlog-proof@v1\nindex -1\n\nx\n", 2),
            ("c2sp.org/tlog-proof@v1\nindex \n\nx\n", 2),
            ("c2sp.org/tlog-proof@v1\nindex 18446744073709551616\n\nx\n", 2),
            ("c2sp.org/tlog-proof@v1\nextra A\nindex 0\n\nx\n", 2), ("c2sp.org/tlog-proof@v1\nextra /w==\n\nx\n", 3),
            ("c2sp.org/tlog-proof@v1\nextra\nindex 0\n\nx\n", 2), ("c2sp.org/tlog-proof@v1\nindex 0\n", 3),
            ("c2sp.org/tlog-proof@v1\nindex 0\n\n", 3), ("c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nx\n", 3),
            ("c2sp.org/tlog-proof@v1\nindex 0\n\(hash)\n", 4), ("c2sp.org/tlog-proof@v1\nindex 0\n\(hash) \n\nx\n", 3),
            ("c2sp.org/tlog-proof@v1\nindex 0\n" + String(repeating: hash + "\n", count: 65) + "\nx\n", 67),
        ])
    func malformed(text: String, line: Int) {
        #expect(throws: TlogProofError.malformed(line: line)) { try TlogProof(text) }
    }

    @Test("every changed character is refused")
    func changes() throws {
        let (proof, verifier) = try Self.proof()
        let bytes = Array(proof.text.utf8)
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= 0x01
            let text = String(decoding: changed, as: UTF8.self)
            #expect(throws: TlogProofError.self, "byte \(place)") {
                try TlogProof(text).verify(leaf: Self.leaves[7], verifier: verifier)
            }
        }
    }

    @Test("a checkpoint of another key, another log, or none at all is refused by its name")
    func checkpoints() throws {
        let (proof, verifier) = try Self.proof()
        let other = try #require(NoteVerifier(try NoteTests.signer(2).verifierKey))
        #expect(throws: TlogProofError.checkpoint(.note(.notSigned(by: "log.test/a")))) {
            try proof.verify(leaf: Self.leaves[7], verifier: other)
        }
        let foreign = try NoteTests.signer().sign(Checkpoint(origin: "log.test/b", size: 1, root: .empty).text)
        #expect(throws: CheckpointError.foreign(origin: "log.test/b")) { try Checkpoint(signed: foreign, by: verifier) }
        let prose = try NoteTests.signer().sign("hello\n")
        #expect(throws: CheckpointError.malformed) { try Checkpoint(signed: prose, by: verifier) }
    }

    @Test("a verifier key is printed as it was read")
    func verifierKey() throws {
        let text = try NoteTests.signer().verifierKey
        #expect(NoteVerifier(text)?.verifierKey == text)
    }
}
