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

    /// The key as it was read, `<name>+<key hash>+<base64>`.
    package var verifierKey: String { key.text }

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
