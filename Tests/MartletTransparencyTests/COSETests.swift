import Crypto
import Testing

@testable import MartletTransparency

@Suite("COSE receipts")
struct COSETests {
    @Test(
        "numbers are written in their shortest form (RFC 8949, appendix A)",
        arguments: [
            (0, [0x00]), (23, [0x17]), (24, [0x18, 0x18]), (255, [0x18, 0xFF]), (256, [0x19, 0x01, 0x00]),
            (1000, [0x19, 0x03, 0xE8]), (65_536, [0x1A, 0, 1, 0, 0]), (4_294_967_296, [0x1B, 0, 0, 0, 1, 0, 0, 0, 0]),
            (-1, [0x20]), (-24, [0x37]), (-25, [0x38, 0x18]), (-1000, [0x39, 0x03, 0xE7]),
            (Int64.min, [0x3B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
        ] as [(Int64, [UInt8])])
    func numbers(value: Int64, bytes: [UInt8]) {
        var writer = CBORWriter()
        writer.integer(value)
        #expect(writer.bytes == bytes)
    }

    @Test("a receipt is signed over the root, which it leaves out, and carries the path")
    func receipt() throws {
        let seed = [UInt8](repeating: 5, count: 32)
        let signer = try #require(NoteSigner(name: "log.test/a", seed: seed))
        let leaves = (0..<3).map { MerkleHash.leaf([UInt8($0)]) }
        let root = MerkleHash.node(.node(leaves[0], leaves[1]), leaves[2])
        let checkpoint = Checkpoint(origin: "log.test/a", size: 3, root: root)
        let path = try #require(InclusionProof.path(index: 2, leaves: leaves))
        let proof = TlogProof(index: 2, path: path, note: try signer.sign(checkpoint.text))
        let receipt = try COSEReceipt.make(proof, of: checkpoint, signer: signer)
        // By hand, from the text of RFC 9942 and RFC 9052.
        let name = Array("log.test/a".utf8)
        let header: [UInt8] =
            [0xA4, 0x01, 0x27, 0x04, 0x44] + signer.keyHash + [0x0F, 0xA2, 0x01, 0x6A] + name + [0x02, 0x68]
            + Array("record 2".utf8) + [0x19, 0x01, 0x8B, 0x01]
        let inclusion: [UInt8] = [0x83, 0x03, 0x02, 0x81, 0x58, 0x20] + path[0].bytes
        let start: [UInt8] =
            [0xD2, 0x84, 0x58, UInt8(header.count)] + header
            + [0xA1, 0x19, 0x01, 0x8C, 0xA1, 0x20, 0x81, 0x58, UInt8(inclusion.count)] + inclusion + [0xF6, 0x58, 0x40]
        #expect(receipt.starts(with: start) && receipt.count == start.count + 64)
        let signed: [UInt8] =
            [0x84, 0x6A] + Array("Signature1".utf8) + [0x58, UInt8(header.count)] + header + [0x40, 0x58, 0x20]
            + root.bytes
        let key = try Curve25519.Signing.PrivateKey(rawRepresentation: seed).publicKey
        #expect(key.isValidSignature(receipt.suffix(64), for: signed))
    }

    @Test("a receipt is valid as it was written, for its record and under its key, and no other way")
    func validity() throws {
        let signer = try #require(NoteSigner(name: "log.test/a", seed: [UInt8](repeating: 5, count: 32)))
        let verifier = try #require(NoteVerifier(signer.verifierKey))
        let leaves = (0..<3).map { MerkleHash.leaf([UInt8($0)]) }
        let checkpoint = Checkpoint(origin: "log.test/a", size: 3, root: MerkleTree.root(of: leaves[...]))
        let proofs = try (0..<3).map { index in
            TlogProof(
                index: UInt64(index), path: try #require(InclusionProof.path(index: index, leaves: leaves)), note: "")
        }
        let receipt = try COSEReceipt.make(proofs[1], of: checkpoint, signer: signer)
        func isValid(_ receipt: [UInt8], _ number: Int = 1, _ key: NoteVerifier? = nil) -> Bool {
            COSEReceipt.isValid(receipt, for: proofs[number], of: checkpoint, verifier: key ?? verifier)
        }
        #expect(isValid(receipt))
        #expect(!isValid(receipt, 0) && !isValid(receipt, 2))
        for place in receipt.indices {
            var spoilt = receipt
            spoilt[place] ^= 1
            #expect(!isValid(spoilt), "byte \(place)")
        }
        #expect(!isValid(receipt + [0]) && !isValid(Array(receipt.dropLast())) && !isValid([]))
        let stranger = try #require(NoteSigner(name: "log.test/a", seed: [UInt8](repeating: 6, count: 32)))
        let other = try #require(NoteVerifier(stranger.verifierKey))
        #expect(!isValid(receipt, 1, other))
    }
}
