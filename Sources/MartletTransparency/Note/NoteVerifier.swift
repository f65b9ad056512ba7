import Crypto

/// Verifies notes signed by one Ed25519 key. Source: C2SP signed-note.
package struct NoteVerifier: Sendable {
    private let publicKey: Curve25519.Signing.PublicKey
    private let key: NoteKey

    /// Reads a verifier key, `<name>+<key hash>+<base64>`; nil when any part is wrong or the key is not Ed25519.
    package init?(_ verifierKey: String) {
        guard let key = NoteKey(text: verifierKey) else { return nil }
        do {
            publicKey = try Curve25519.Signing.PublicKey(rawRepresentation: key.publicKey)
        } catch {
            return nil
        }
        self.key = key
    }

    package var name: String { key.name }

    /// Whether it is the same public key, under this name or another one.
    package func hasKey(of other: NoteVerifier) -> Bool { key.publicKey == other.key.publicKey }

    /// The key as it was read, `<name>+<key hash>+<base64>`.
    package var verifierKey: String { key.text }

    /// The public key alone, as SubjectPublicKeyInfo in PEM. Source: RFC 8410, section 4; RFC 7468, section 13.
    package var pem: String {
        let prefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
        return "-----BEGIN PUBLIC KEY-----\n\(Base64.encode(prefix + key.publicKey))\n-----END PUBLIC KEY-----\n"
    }

    /// The four bytes by which signed notes know the key.
    var keyHash: [UInt8] { key.hash }

    /// Whether this key made a signature over bytes that are no note.
    func isValid(_ signature: [UInt8], of bytes: [UInt8]) -> Bool { publicKey.isValidSignature(signature, for: bytes) }

    /// Returns the text of `note` when this key signed it; signatures of other keys are ignored.
    package func verify(_ note: String) throws(NoteError) -> String {
        let note = try SignedNote(note)
        let ours = note.signatures.filter { $0.name.elementsEqual(key.name.utf8) && $0.blob.starts(with: key.hash) }
        guard !ours.isEmpty else { throw .notSigned(by: key.name) }
        let text = Array(note.text.utf8)
        guard ours.allSatisfy({ publicKey.isValidSignature(Array($0.blob.dropFirst(4)), for: text) }) else {
            throw .invalidSignature(of: key.name)
        }
        return note.text
    }
}
