import MartletTransparency
import Testing

@Suite("keys that are replaced")
struct KeyChainTests {

    private func signer(_ byte: UInt8, name: String = "log.test/a") throws -> NoteSigner {
        try #require(NoteSigner(name: name, seed: [UInt8](repeating: byte, count: 32)))
    }

    /// The proof that `record` is the only leaf of a log that `signer` signed.
    private func proof(_ record: String, by signer: NoteSigner, extra: [UInt8]? = nil) throws -> String {
        let leaf = MerkleHash.leaf(Array(record.utf8))
        let note = try signer.sign(Checkpoint(origin: "log.test/a", size: 1, root: leaf).text)
        return TlogProof(index: 0, path: [], note: note, extra: extra ?? Array(record.utf8)).text
    }

    /// A record here is the two keys with a space between.
    private func keys(_ leaf: [UInt8]) -> (old: String, new: String)? {
        let words = String(decoding: leaf, as: UTF8.self).split(separator: " ")
        return words.count == 2 ? (String(words[0]), String(words[1])) : nil
    }

    private func rotation(_ old: UInt8, _ new: UInt8, by signer: NoteSigner? = nil) throws -> String {
        let (from, to) = (try self.signer(old), try self.signer(new))
        return try proof("\(from.verifierKey) \(to.verifierKey)", by: signer ?? from)
    }

    private func chain(_ first: UInt8, _ texts: [String]) throws -> KeyChain {
        var chain = KeyChain(try #require(NoteVerifier(try signer(first).verifierKey)))
        for text in texts { try chain.take(text, keys: keys) }
        return chain
    }

    @Test("each key vouches for the next, from the one that is trusted on")
    func whole() throws {
        let texts = [try rotation(1, 2), try rotation(2, 3)]
        for (first, count) in [(UInt8(1), 2), (2, 1), (3, 0)] {
            let chain = try chain(first, texts)
            #expect(chain.newest.verifierKey == (try signer(3)).verifierKey && chain.rotations.count == count)
            let note = try signer(3).sign("log.test/a\n1\n\(MerkleHash.empty)\n")
            #expect(try chain.checkpoint(signed: note).size == 1)
        }
    }

    @Test("a checkpoint may be signed by any key of the chain, and by no other")
    func checkpoints() throws {
        let chain = try chain(1, [try rotation(1, 2)])
        let text = "log.test/a\n1\n\(MerkleHash.empty)\n"
        #expect(try chain.checkpoint(signed: try signer(1).sign(text)).size == 1)
        #expect(try chain.checkpoint(signed: try signer(2).sign(text)).size == 1)
        #expect(throws: CheckpointError.self) { try chain.checkpoint(signed: try signer(3).sign(text)) }
        #expect(throws: CheckpointError.self) {
            try KeyChain(chain.verifiers[1]).checkpoint(signed: try signer(1).sign(text))
        }
    }

    @Test("a rotation that the key before did not sign is refused")
    func foreign() throws {
        #expect(throws: KeyChainError.self) { try chain(1, [try rotation(1, 2, by: try signer(2))]) }
        #expect(throws: KeyChainError.self) {
            try chain(1, [try rotation(1, 2), try rotation(2, 3, by: try signer(1))])
        }
        #expect(throws: KeyChainError.broken) { try chain(1, [try rotation(1, 2), try rotation(3, 4)]) }
        let other = try signer(2, name: "log.test/b")
        let stranger = try proof("\(try signer(1).verifierKey) \(other.verifierKey)", by: try signer(1))
        #expect(throws: KeyChainError.broken) { try chain(1, [stranger]) }
    }

    @Test("a proof without its record, or with another one, is refused")
    func records() throws {
        let record = "\(try signer(1).verifierKey) \(try signer(2).verifierKey)"
        let bare = TlogProof(index: 0, path: [], note: try signer(1).sign("log.test/a\n1\n\(MerkleHash.empty)\n")).text
        #expect(throws: KeyChainError.noRotation) { try chain(1, [bare]) }
        let other = "\(try signer(1).verifierKey) \(try signer(3).verifierKey)"
        let swapped = try proof(record, by: try signer(1), extra: Array(other.utf8))
        #expect(throws: KeyChainError.proof(.notIncluded)) { try chain(1, [swapped]) }
        #expect(throws: KeyChainError.self) { try chain(1, ["nonsense"]) }
    }
}
