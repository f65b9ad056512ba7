import Crypto

/// Signs checkpoints as a witness, with the time, under one Ed25519 key. Source: C2SP tlog-cosignature, "Format".
package struct CosignatureSigner: Sendable {
    private static let prefix = "PRIVATE+KEY+"
    private let privateKey: Curve25519.Signing.PrivateKey
    private let key: NoteKey

    /// nil when `seed` is not 32 bytes, or `name` is empty or contains a space or a plus sign.
    package init?(name: String, seed: [UInt8]) {
        do {
            privateKey = try Curve25519.Signing.PrivateKey(rawRepresentation: seed)
        } catch {
            return nil
        }
        let publicKey = Array(privateKey.publicKey.rawRepresentation)
        guard let key = NoteKey(name: name, publicKey: publicKey, algorithm: NoteKey.cosignature) else { return nil }
        self.key = key
    }

    /// Reads what `signerKey` wrote; nil when any part is wrong.
    package init?(signerKey text: String) {
        guard text.utf8.starts(with: Self.prefix.utf8),
            let parts = NoteKey.parts(of: text.utf8.dropFirst(Self.prefix.utf8.count), NoteKey.cosignature)
        else { return nil }
        self.init(name: parts.name, seed: parts.key)
        guard key.hexHash.utf8.elementsEqual(parts.hash) else { return nil }
    }

    /// The secret half, `PRIVATE+KEY+<name>+<key hash>+<base64>`.
    package var signerKey: String {
        Self.prefix + "\(key.name)+\(key.hexHash)+"
            + Base64.encode([NoteKey.cosignature] + Array(privateKey.rawRepresentation))
    }

    package var name: String { key.name }

    /// The public half as a verifier key, `<name>+<key hash>+<base64>`.
    package var verifierKey: String { key.text }

    /// The signature line for the text of a checkpoint, with its newline; `time` in seconds since 1970.
    package func line(for text: String, time: UInt64) throws(NoteError) -> String {
        guard time <= UInt64(Int64.max), SignedNote.isSignable(Array(text.utf8)) else { throw .malformed }
        let message = Array("cosignature/v1\ntime \(time)\n\(text)".utf8)
        let stamp = (0..<8).map { UInt8(truncatingIfNeeded: time >> (56 - 8 * UInt64($0))) }
        do {
            let signature = try privateKey.signature(for: message)
            return "\u{2014} \(key.name) \(Base64.encode(key.hash + stamp + Array(signature)))\n"
        } catch {
            throw .signingFailed
        }
    }
}
