import Crypto

/// Signs notes with one Ed25519 key. Source: C2SP signed-note.
package struct NoteSigner: Sendable {
    private let privateKey: Curve25519.Signing.PrivateKey
    private let key: NoteKey

    /// nil when `seed` is not 32 bytes, or `name` is empty or contains a space or a plus sign.
    package init?(name: String, seed: [UInt8]) {
        do {
            privateKey = try Curve25519.Signing.PrivateKey(rawRepresentation: seed)
        } catch {
            return nil
        }
        guard let key = NoteKey(name: name, publicKey: Array(privateKey.publicKey.rawRepresentation)) else {
            return nil
        }
        self.key = key
    }

    /// Reads what `signerKey` wrote; nil when any part is wrong.
    package init?(signerKey text: String) {
        let prefix = Self.prefix
        guard text.utf8.starts(with: prefix.utf8), let parts = NoteKey.parts(of: text.utf8.dropFirst(prefix.utf8.count))
        else { return nil }
        self.init(name: parts.name, seed: parts.key)
        guard key.hexHash.utf8.elementsEqual(parts.hash) else { return nil }
    }

    private static let prefix = "PRIVATE+KEY+"

    /// The secret half, `PRIVATE+KEY+<name>+<key hash>+<base64>`. Source: golang.org/x/mod/sumdb/note.
    package var signerKey: String {
        Self.prefix + "\(key.name)+\(key.hexHash)+"
            + Base64.encode([NoteKey.ed25519] + Array(privateKey.rawRepresentation))
    }

    /// The public half as a verifier key, `<name>+<key hash>+<base64>`.
    package var verifierKey: String { key.text }

    /// Returns the text, an empty line and the signature line; `text` must end in a newline and hold no other control
    /// character, else `NoteError.malformed`.
    package func sign(_ text: String) throws(NoteError) -> String {
        let bytes = Array(text.utf8)
        guard SignedNote.isSignable(bytes) else { throw .malformed }
        do {
            let signature = try privateKey.signature(for: bytes)
            return text + "\n\u{2014} \(key.name) \(Base64.encode(key.hash + Array(signature)))\n"
        } catch {
            throw .signingFailed
        }
    }
}
