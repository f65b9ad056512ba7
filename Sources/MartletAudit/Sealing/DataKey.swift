import Crypto

/// The key that seals the values of one subject in one quarter. It is durable, wrapped, before there is one of these.
///
/// A reference: it is handed from the cache to each record, and copying it would retain each of its fields.
package final class DataKey: Sendable {
    package let id: KeyID
    /// Whose it is.
    let pseudonym: Pseudonym
    let quarter: Quarter
    private let key: SymmetricKey

    init(id: KeyID, of pseudonym: Pseudonym, quarter: Quarter, key: SymmetricKey) {
        self.id = id
        self.pseudonym = pseudonym
        self.quarter = quarter
        self.key = key
    }

    func seal(_ plain: [UInt8], leaf: [UInt8], nonce: [UInt8]) throws(AuditError) -> [UInt8] {
        try SealedPayload.seal(plain, under: key, leaf: leaf, nonce: nonce)
    }

    func open(_ payload: [UInt8], leaf: [UInt8], nonce: [UInt8]) -> [UInt8]? {
        SealedPayload.open(payload, under: key, leaf: leaf, nonce: nonce)
    }
}
