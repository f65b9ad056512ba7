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
        return text + "\n" + line(try signature(of: bytes))
    }

    /// The line that this key adds to a note of others' signatures; `text` as for `sign`.
    package func line(for text: String) throws(NoteError) -> String {
        let bytes = Array(text.utf8)
        guard SignedNote.isSignable(bytes) else { throw .malformed }
        return line(try signature(of: bytes))
    }

    private func line(_ signature: [UInt8]) -> String {
        "\u{2014} \(key.name) \(Base64.encode(key.hash + signature))\n"
    }

    /// The four bytes by which signed notes know the key.
    var keyHash: [UInt8] { key.hash }

    func signature(of bytes: [UInt8]) throws(NoteError) -> [UInt8] {
        do {
            return Array(try privateKey.signature(for: bytes))
        } catch {
            throw .signingFailed
        }
    }
}
