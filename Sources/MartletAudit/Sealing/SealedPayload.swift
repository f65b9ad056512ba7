import Crypto

/// The form of sealed values as they are stored: one byte of version, the ciphertext, the tag.
///
/// AES-256-GCM. The leaf itself is the additional data, so a payload opens beside its own leaf only, and the first 12
/// bytes of the leaf's random nonce are the nonce. GCM does not commit to its key; the commitment in the leaf does.
/// Source: NIST SP 800-38D, sections 8.2.2 and 8.3 (random nonces, at most 2^32 payloads under one key).
enum SealedPayload {
    private static let version: UInt8 = 1

    static func seal(
        _ plain: [UInt8], under key: SymmetricKey, leaf: [UInt8], nonce: [UInt8]
    ) throws(AuditError) -> [UInt8] {
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
    static func open(_ payload: [UInt8], under key: SymmetricKey, leaf: [UInt8], nonce: [UInt8]) -> [UInt8]? {
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
}
