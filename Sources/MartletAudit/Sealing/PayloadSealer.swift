import Crypto
package import MartletCore

/// Encrypts what a leaf commits to, under the one key of the state directory.
///
/// AES-256-GCM. The leaf itself is the additional data, so a payload opens beside its own leaf only, and the first 12
/// bytes of the leaf's random nonce are the nonce. GCM does not commit to its key; the SHA-256 commitment in the leaf
/// does. Source: NIST SP 800-38D, sections 8.2.2 and 8.3 (random nonces, at most 2^32 payloads under one key).
package struct PayloadSealer: Sendable {
    /// Names the key in records: 64 bits of a digest of it.
    package let keyID: String
    private let key: SymmetricKey
    private let blindingKey: SymmetricKey

    /// Nil unless the key has 32 bytes.
    package init?(key: Secret) {
        let bytes = key.reveal()
        guard bytes.count == 32 else { return nil }
        self.key = SymmetricKey(data: bytes)
        let labelled = Array("martlet.payload-key.v1".utf8) + bytes
        keyID = "k-" + Hex.encode(MartletCore.Digest(of: labelled).bytes.prefix(8))
        let blinding = HMAC<SHA256>.authenticationCode(for: Array("martlet.blinding.v1".utf8), using: self.key)
        blindingKey = SymmetricKey(data: Array(blinding))
    }

    func seal(_ plain: [UInt8], leaf: [UInt8], nonce: [UInt8]) throws(AuditError) -> [UInt8] {
        do {
            let nonce = try AES.GCM.Nonce(data: nonce.prefix(12))
            let box = try AES.GCM.seal(plain, using: key, nonce: nonce, authenticating: leaf)
            var payload: [UInt8] = []
            payload.reserveCapacity(1 + plain.count + 16)
            payload.append(Self.version)
            // Nonce, ciphertext and tag in one piece; the nonce stands in the leaf. Always there for a nonce of 12 bytes.
            guard let whole = box.combined else { throw AuditError.sealingFailed }
            payload.append(contentsOf: whole.dropFirst(12))
            return payload
        } catch {
            throw .sealingFailed
        }
    }

    /// The sealed bytes in clear, or nil when they were sealed under another key, for another leaf, or changed.
    func open(_ payload: [UInt8], leaf: [UInt8], nonce: [UInt8]) -> [UInt8]? {
        guard payload.count > 16, payload.first == Self.version, nonce.count == 16 else { return nil }
        let body = payload.dropFirst()
        do {
            let box = try AES.GCM.SealedBox(
                nonce: AES.GCM.Nonce(data: nonce.prefix(12)), ciphertext: body.dropLast(16), tag: body.suffix(16))
            return Array(try AES.GCM.open(box, using: key, authenticating: leaf))
        } catch {
            return nil
        }
    }

    /// A name for `digest` under which the records of one approval can be compared, and which nobody without the key
    /// can search by trying arguments. Equal digests of two approvals get different names.
    func blind(_ digest: MartletCore.Digest, in approval: String) -> MartletCore.Digest {
        let message = digest.bytes + Array(approval.utf8)
        let code = Array(HMAC<SHA256>.authenticationCode(for: message, using: blindingKey))
        return MartletCore.Digest(bytes: code) ?? MartletCore.Digest(of: code)
    }

    private static let version: UInt8 = 1
}
