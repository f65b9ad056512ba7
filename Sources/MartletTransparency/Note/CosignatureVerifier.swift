import Crypto

/// Verifies what one witness states about checkpoints: that it saw them, when, and none that contradicts them.
///
/// Source: C2SP tlog-cosignature, "Ed25519 signed message".
package struct CosignatureVerifier: Sendable {
    private static let timeBytes = 8
    private let publicKey: Curve25519.Signing.PublicKey
    private let key: NoteKey

    /// Reads a verifier key of a cosigner, `<name>+<key hash>+<base64>`; nil when any part is wrong, or of another type.
    package init?(_ verifierKey: String) {
        guard let key = NoteKey(text: verifierKey, algorithm: NoteKey.cosignature) else { return nil }
        do {
            publicKey = try Curve25519.Signing.PublicKey(rawRepresentation: key.publicKey)
        } catch {
            return nil
        }
        self.key = key
    }

    package var name: String { key.name }

    /// Whether it is the same public key, under this name or another one.
    package func hasKey(of other: CosignatureVerifier) -> Bool { key.publicKey == other.key.publicKey }

    /// Returns when this witness signed `note`, in seconds since 1970; the latest time when it did so more than once.
    package func verify(_ note: String) throws(NoteError) -> UInt64 {
        let note = try SignedNote(note)
        var latest: UInt64?
        for signature in note.signatures
        where signature.name.elementsEqual(key.name.utf8) && signature.blob.starts(with: key.hash) {
            guard let time = time(of: Array(signature.blob.dropFirst(4)), under: note.text) else {
                throw .invalidSignature(of: key.name)
            }
            latest = max(latest ?? 0, time)
        }
        guard let latest else { throw .notSigned(by: key.name) }
        return latest
    }

    /// nil when the signature is not valid.
    private func time(of signature: [UInt8], under text: String) -> UInt64? {
        guard signature.count == Self.timeBytes + 64 else { return nil }
        let time = signature.prefix(Self.timeBytes).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let message = Array("cosignature/v1\ntime \(time)\n\(text)".utf8)
        guard time <= UInt64(Int64.max), publicKey.isValidSignature(signature.dropFirst(Self.timeBytes), for: message)
        else { return nil }
        return time
    }
}
