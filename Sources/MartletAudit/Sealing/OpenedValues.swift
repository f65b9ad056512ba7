import MartletCore
package import MartletJSON

/// What became of the sealed values of a record.
package enum OpenedValues: Sendable {
    /// The record commits to none.
    case none
    /// Decrypted, and their digest is the one in the leaf.
    case opened(JSONValue)
    /// No key was given, or one of another name.
    case sealed(key: String)
    /// The leaf commits to values that are not stored.
    case missing
    /// The stored bytes are not what the leaf commits to.
    case contradicts
}

extension PayloadSealer {
    /// Opens the payload stored beside `entry`.
    package func values(of entry: TimelineEntry, payload: [UInt8]?) -> OpenedValues {
        guard let sealed = entry.sealed else { return .none }
        guard let payload else { return .missing }
        guard sealed.key == keyID else { return .sealed(key: sealed.key) }
        guard let plain = open(payload, leaf: entry.leaf, nonce: entry.nonce), Digest(of: plain) == sealed.commitment
        else { return .contradicts }
        do {
            return .opened(try JSONValue.parse(plain, limits: .response))
        } catch {
            return .contradicts
        }
    }
}
