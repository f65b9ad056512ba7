import Crypto
import MartletTransparency
import Testing

@Suite("witnesses")
struct WitnessTests {
    /// A witness, written from the text of C2SP tlog-cosignature.
    struct Witness {
        let name = "witness.test/w1"
        let key: Curve25519.Signing.PrivateKey
        init(_ byte: UInt8 = 9) throws { key = try .init(rawRepresentation: [UInt8](repeating: byte, count: 32)) }

        private var material: [UInt8] { [4] + Array(key.publicKey.rawRepresentation) }
        private var hash: [UInt8] { Array(SHA256.hash(data: Array("\(name)\n".utf8) + material).prefix(4)) }

        var verifierKey: String {
            let hex = hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            return "\(name)+\(hex)+\(Base64.encode(material))"
        }

        func line(_ text: String, time: UInt64) throws -> String {
            let message = "cosignature/v1\ntime \(time)\n\(text)"
            let stamp = (0..<8).map { UInt8(truncatingIfNeeded: time >> (56 - 8 * UInt64($0))) }
            return
                "\u{2014} \(name) \(Base64.encode(hash + stamp + Array(try key.signature(for: Array(message.utf8)))))\n"
        }
    }

    static let text = "log.test/a\n0\n\(NoteTests.root)\n"

    @Test("a cosignature verifies with its time, beside the signature of the log")
    func good() throws {
        let (witness, note) = (try Witness(), try NoteTests.signer().sign(Self.text))
        let verifier = try #require(CosignatureVerifier(witness.verifierKey))
        #expect(verifier.name == "witness.test/w1")
        #expect(try verifier.verify(note + witness.line(Self.text, time: 1_764_000_000)) == 1_764_000_000)
        let twice = note + (try witness.line(Self.text, time: 9)) + (try witness.line(Self.text, time: 7))
        #expect(try verifier.verify(twice) == 9)
        #expect(try NoteVerifier(try NoteTests.signer().verifierKey)?.verify(twice) == Self.text)
    }

    @Test("another witness, another text or another time is refused")
    func refused() throws {
        let (witness, note) = (try Witness(), try NoteTests.signer().sign(Self.text))
        let verifier = try #require(CosignatureVerifier(witness.verifierKey))
        #expect(throws: NoteError.notSigned(by: "witness.test/w1")) { try verifier.verify(note) }
        #expect(throws: NoteError.notSigned(by: "witness.test/w1")) {
            try verifier.verify(note + Witness(10).line(Self.text, time: 7))
        }
        #expect(throws: NoteError.invalidSignature(of: "witness.test/w1")) {
            try verifier.verify(note + witness.line("log.test/b\n0\n\(NoteTests.root)\n", time: 7))
        }
        #expect(throws: NoteError.invalidSignature(of: "witness.test/w1")) {
            try verifier.verify(note + witness.line(Self.text, time: 1 << 63))
        }
        let line = Array(try witness.line(Self.text, time: 7).utf8)
        for place in line.indices {
            var changed = line
            changed[place] ^= 1
            #expect(throws: NoteError.self, "byte \(place)") {
                try verifier.verify(note + String(decoding: changed, as: UTF8.self))
            }
        }
    }

    @Test("the key of a log is no key of a witness, and the other way round")
    func keys() throws {
        #expect(CosignatureVerifier(try NoteTests.signer().verifierKey) == nil)
        #expect(NoteVerifier(try Witness().verifierKey) == nil)
    }

    @Test(
        "a request has the size that the witness knows, the proof and the checkpoint, in the form of the specification")
    func request() throws {
        let note = try NoteTests.signer().sign(Self.text)
        let path = [MerkleHash.leaf([1]), MerkleHash.leaf([2])]
        #expect(WitnessRequest(old: 7, path: path, note: note).text == "old 7\n\(path[0])\n\(path[1])\n\n\(note)")
        #expect(WitnessRequest(old: 0, path: [], note: note).text == "old 0\n\n\(note)")
    }
}
