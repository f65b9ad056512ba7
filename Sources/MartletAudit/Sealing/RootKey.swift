import Crypto
package import MartletCore

/// The key of the state directory's key file: it wraps the data keys, blinds bindings, and opens what earlier releases
/// sealed under it itself.
///
/// The wrapping and the blinding key are derived from it, each for its one purpose. Source: ADR-0023; RFC 5869; NIST SP
/// 800-38F, section 5.1 (key wrapping by an authenticated mode).
package struct RootKey: Sendable {
    /// Names the key in records: 64 bits of a digest of it.
    package let id: KeyID
    private let earlier: SymmetricKey
    private let blinding: SymmetricKey
    private let wrapping: SymmetricKey
    private static let version: UInt8 = 1

    /// Nil unless the key has 32 bytes.
    package init?(key: Secret) {
        let bytes = key.reveal()
        guard bytes.count == 32 else { return nil }
        earlier = SymmetricKey(data: bytes)
        id = KeyID(rootKey: MartletCore.Digest(of: Array("martlet.payload-key.v1".utf8) + bytes))
        let code = HMAC<SHA256>.authenticationCode(for: Array("martlet.blinding.v1".utf8), using: earlier)
        blinding = SymmetricKey(data: Array(code))
        wrapping = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: earlier, info: Array("martlet.wrapping.v1".utf8), outputByteCount: 32)
    }

    /// Opens a payload that an earlier release sealed under this key; nil when it is not one of them, or changed.
    func open(_ payload: [UInt8], leaf: [UInt8], nonce: [UInt8]) -> [UInt8]? {
        SealedPayload.open(payload, under: earlier, leaf: leaf, nonce: nonce)
    }

    /// A key of its own for one purpose. Source: RFC 5869.
    func derived(for purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: earlier, info: Array(purpose.utf8), outputByteCount: 32)
    }

    /// Nil only when the cipher fails.
    func wrap(
        _ key: [UInt8], id: KeyID, of pseudonym: Pseudonym, in quarter: Quarter, nonce: [UInt8]
    ) -> WrappedKey? {
        let bare = WrappedKey(id: id, pseudonym: pseudonym, quarter: quarter, root: self.id, bytes: [])
        do {
            let nonce = try AES.GCM.Nonce(data: nonce)
            let box = try AES.GCM.seal(key, using: wrapping, nonce: nonce, authenticating: bare.binding)
            guard let whole = box.combined else { return nil }
            return WrappedKey(
                id: id, pseudonym: pseudonym, quarter: quarter, root: self.id, bytes: [Self.version] + Array(whole))
        } catch {
            return nil
        }
    }

    /// The key in clear; nil when it was wrapped under another one, for another subject or quarter, or changed.
    package func unwrap(_ wrapped: WrappedKey) -> DataKey? {
        guard wrapped.root == id, wrapped.bytes.first == Self.version, wrapped.bytes.count == 61 else { return nil }
        do {
            let box = try AES.GCM.SealedBox(combined: wrapped.bytes.dropFirst())
            let key = try AES.GCM.open(box, using: wrapping, authenticating: wrapped.binding)
            return DataKey(
                id: wrapped.id, of: wrapped.pseudonym, quarter: wrapped.quarter, key: SymmetricKey(data: key))
        } catch {
            return nil
        }
    }

    /// A name for `digest` under which the records of one approval can be compared, and which nobody without the key
    /// can search by trying arguments. Equal digests of two approvals get different names.
    func blind(_ digest: MartletCore.Digest, in approval: String) -> MartletCore.Digest {
        let message = digest.bytes + Array(approval.utf8)
        let code = Array(HMAC<SHA256>.authenticationCode(for: message, using: blinding))
        return MartletCore.Digest(bytes: code) ?? MartletCore.Digest(of: code)
    }
}
