import MartletTransparency
import Testing

@Suite("checkpoints and notes")
struct NoteTests {
    static let root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    static func signer(_ byte: UInt8 = 1, name: String = "log.test/a") throws -> NoteSigner {
        try #require(NoteSigner(name: name, seed: [UInt8](repeating: byte, count: 32)))
    }

    @Test("a checkpoint is read back as it was written")
    func checkpoint() throws {
        let checkpoint = Checkpoint(origin: "log.test/a", size: 18_446_744_073_709_551_615, root: .empty)
        #expect(checkpoint.text == "log.test/a\n18446744073709551615\n\(Self.root)\n")
        #expect(Checkpoint(note: checkpoint.text) == checkpoint)
        let extended = Checkpoint(origin: "a", size: 0, root: .empty, extensions: ["one", "two"])
        #expect(Checkpoint(note: extended.text) == extended)
    }

    @Test(
        "a checkpoint that is not exactly in form is refused",
        arguments: [
            "", "\n", "a\n1\n", "a\n1\n\(root)", "\n1\n\(root)\n", "a\n01\n\(root)\n", "a\n-1\n\(root)\n",
            "a\n+1\n\(root)\n",
            "a\n\n\(root)\n", "a\n18446744073709551616\n\(root)\n", "a\n1\n\(root.dropLast())\n", "a\n1\nAAAA\n",
            "a\n1\n\(root)\n\n", "a\n1\n\(root)\n\nb\n", "a\r\n1\n\(root.dropLast(2))V=\n", "a\n1\n \(root)\n",
        ])
    func malformed(text: String) {
        #expect(Checkpoint(note: text) == nil)
    }

    @Test("a signed note verifies with the key that signed it and no other")
    func signing() throws {
        let note = try Self.signer().sign("text\n")
        let verifier = try #require(NoteVerifier(try Self.signer().verifierKey))
        #expect(try verifier.verify(note) == "text\n")
        let other = try #require(NoteVerifier(try Self.signer(2).verifierKey))
        #expect(throws: NoteError.notSigned(by: "log.test/a")) { try other.verify(note) }
        let renamed = try #require(NoteVerifier(try Self.signer(name: "log.test/b").verifierKey))
        #expect(throws: NoteError.notSigned(by: "log.test/b")) { try renamed.verify(note) }
    }

    @Test("a signature of another key beside ours is ignored; one of ours that is wrong is not")
    func severalSignatures() throws {
        let ours = try Self.signer().sign("text\n")
        let others = try Self.signer(2).sign("text\n")
        let verifier = try #require(NoteVerifier(try Self.signer().verifierKey))
        let line = try #require(others.split(separator: "\n").last)
        #expect(try verifier.verify(ours + line + "\n") == "text\n")
        let wrong = try #require(try Self.signer().sign("text2\n").split(separator: "\n").last)
        #expect(throws: NoteError.invalidSignature(of: "log.test/a")) { try verifier.verify(ours + wrong + "\n") }
    }

    @Test("every flipped bit of a signed note is refused")
    func flips() throws {
        let note = Array(try Self.signer().sign("log.test/a\n5\n\(Self.root)\n").utf8)
        let verifier = try #require(NoteVerifier(try Self.signer().verifierKey))
        for place in note.indices {
            for bit in 0..<7 {
                var changed = note
                changed[place] ^= 1 << bit
                guard let text = String(validating: changed, as: UTF8.self) else { continue }
                #expect(throws: NoteError.self) { try verifier.verify(text) }
            }
        }
    }

    @Test("text that cannot be signed unambiguously is refused", arguments: ["", "a", "a\u{0}\n", "a\r\n", "a\tb\n"])
    func unsignable(text: String) throws {
        let signer = try Self.signer()
        #expect(throws: NoteError.malformed) { try signer.sign(text) }
    }

    @Test(
        "a note without signature lines, or with a broken one, is refused",
        arguments: [
            "text\n", "text\n\n", "text\n\n\u{2014} a\n", "text\n\n\u{2014} a AAAA\n", "text\n\n- a AAAAAAAA\n",
            "text\n\n\u{2014} a AAAAAAAA", "text\n\n\u{2014}  AAAAAAAA\n", "text\n\n\u{2014} a+b AAAAAAAA\n",
            "text\n\n\u{2014} a AAAAAAAA b\n",
        ])
    func brokenNotes(note: String) throws {
        let verifier = try #require(NoteVerifier(try Self.signer().verifierKey))
        #expect(throws: NoteError.malformed) { try verifier.verify(note) }
    }

    @Test("a hundred signatures are read, one more is refused")
    func signatureLimit() throws {
        let verifier = try #require(NoteVerifier(try Self.signer().verifierKey))
        let note = try Self.signer().sign("text\n")
        let line = "\u{2014} b AAAAAAAA\n"
        #expect(try verifier.verify(note + String(repeating: line, count: 99)) == "text\n")
        #expect(throws: NoteError.malformed) { try verifier.verify(note + String(repeating: line, count: 100)) }
    }

    @Test("a key whose name, hash, algorithm or length is wrong is refused")
    func keys() throws {
        let key = try Self.signer().verifierKey
        #expect(NoteVerifier(key) != nil)
        #expect(NoteVerifier("x" + key) == nil)
        #expect(NoteVerifier(String(key.dropLast(4))) == nil)
        #expect(NoteVerifier("log.test/a+00000000+" + key.split(separator: "+", maxSplits: 2)[2]) == nil)
        #expect(NoteVerifier("") == nil)
        #expect(NoteSigner(name: "", seed: [UInt8](repeating: 1, count: 32)) == nil)
        #expect(NoteSigner(name: "a b", seed: [UInt8](repeating: 1, count: 32)) == nil)
        #expect(NoteSigner(name: "a+b", seed: [UInt8](repeating: 1, count: 32)) == nil)
        #expect(NoteSigner(name: "a", seed: [1]) == nil)
    }

    @Test("the secret key is read back, and refused when changed")
    func secretKey() throws {
        let signer = try Self.signer()
        let restored = try #require(NoteSigner(signerKey: signer.signerKey))
        #expect(restored.verifierKey == signer.verifierKey)
        #expect(NoteSigner(signerKey: signer.verifierKey) == nil)
        #expect(
            NoteSigner(signerKey: try Self.signer(2).signerKey.replacing("PRIVATE+KEY+log", with: "PRIVATE+KEY+lag"))
                == nil)
    }

    @Test(
        "base64 is read in exactly one form",
        arguments: ["A", "AA", "AAA", "AB==", "AAB=", "AA=A", "A===", "AA-_", "AA\n="])
    func base64(text: String) {
        #expect(Base64.decode(text.utf8) == nil)
    }

    @Test("base64 of every length is read back", arguments: 0..<70)
    func base64RoundTrip(length: Int) {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 37) }
        #expect(Base64.decode(Base64.encode(bytes).utf8) == bytes)
    }
}
