import MartletCore
package import MartletJSON

/// What became of the sealed values of a record.
package enum OpenedValues: Sendable {
    /// The record commits to none.
    case none
    /// Decrypted, and their digest is the one in the leaf.
    case opened(JSONValue)
    /// The key is not at hand: the key file or the vault is missing here, or the key file is another one.
    case sealed(key: KeyID)
    /// The key was destroyed, as a record says.
    case erased(KeyID, Erasures.Destruction)
    /// The vault is at hand and has no such key, and no record says why.
    case keyMissing(KeyID)
    /// The leaf commits to values that are not stored.
    case missing
    /// The stored bytes, or the stored key, are not what the leaf commits to.
    case contradicts
}

/// What a reader has to open sealed values with.
package struct ReadingKeys {
    /// A data key as the vault has it.
    package enum Stored: Sendable {
        case wrapped(WrappedKey)
        /// The vault has no key of this name.
        case absent
        /// There is no vault here, or it cannot be read.
        case unknown
    }

    private let root: RootKey?
    private let vault: (KeyID) -> Stored
    private let erasures: Erasures

    /// Without a root key everything sealed stays sealed. `erasures` are those of the same log.
    package init(root: RootKey?, erasures: Erasures, vault: @escaping (KeyID) -> Stored) {
        self.root = root
        self.erasures = erasures
        self.vault = vault
    }

    /// Nothing to open anything with.
    package static var none: ReadingKeys { ReadingKeys(root: nil, erasures: Erasures()) { _ in .unknown } }

    /// Opens the payload stored beside `entry`.
    package func values(of entry: TimelineEntry, payload: [UInt8]?) -> OpenedValues {
        guard let sealed = entry.sealed else { return .none }
        guard let payload else { return .missing }
        guard sealed.key.isDataKey else {
            guard let root, sealed.key == root.id else { return .sealed(key: sealed.key) }
            return checked(root.open(payload, leaf: entry.leaf, nonce: entry.nonce), sealed.commitment)
        }
        switch vault(sealed.key) {
        case .absent:
            return erasures.destruction(of: sealed.key).map { .erased(sealed.key, $0) } ?? .keyMissing(sealed.key)
        case .unknown: return .sealed(key: sealed.key)
        case .wrapped(let wrapped):
            guard let root, wrapped.root == root.id else { return .sealed(key: sealed.key) }
            guard wrapped.id == sealed.key, let key = root.unwrap(wrapped) else { return .contradicts }
            return checked(key.open(payload, leaf: entry.leaf, nonce: entry.nonce), sealed.commitment)
        }
    }

    /// The exact bytes that `entry` commits to; nil when they cannot be opened.
    func plain(of entry: TimelineEntry, payload: [UInt8]?) -> [UInt8]? {
        guard let root, let payload, let sealed = entry.sealed else { return nil }
        var plain: [UInt8]?
        if sealed.key == root.id {
            plain = root.open(payload, leaf: entry.leaf, nonce: entry.nonce)
        } else if case .wrapped(let wrapped) = vault(sealed.key), wrapped.id == sealed.key {
            plain = root.unwrap(wrapped)?.open(payload, leaf: entry.leaf, nonce: entry.nonce)
        }
        guard let plain, Digest(of: plain) == sealed.commitment else { return nil }
        return plain
    }

    private func checked(_ plain: [UInt8]?, _ commitment: Digest) -> OpenedValues {
        guard let plain, Digest(of: plain) == commitment else { return .contradicts }
        do {
            return .opened(try JSONValue.parse(plain, limits: .response))
        } catch {
            return .contradicts
        }
    }

    /// What a reader should be told about the key alone; nil when it is there, or not known to be gone.
    package func absence(of key: KeyID) -> String? {
        guard key.isDataKey, case .absent = vault(key) else { return nil }
        return erasures.destruction(of: key)?.text ?? "key missing, unexplained"
    }
}
