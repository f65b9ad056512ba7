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
    case erased(KeyID, KeyDestruction)
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
    private let later: LaterErasures
    /// What opens pseudonyms.
    package let names: NameReader

    /// Without a root key everything sealed stays sealed. `erasures` are those of the same log, `later` those of the logs
    /// behind it.
    package init(
        root: RootKey?, erasures: Erasures, later: LaterErasures = LaterErasures(),
        names: @escaping (Pseudonym) -> NameReader.Found = { _ in .unknown }, vault: @escaping (KeyID) -> Stored
    ) {
        self.init(root, erasures, later, NameReader(erasures: erasures, later: later, look: names), vault)
    }

    private init(
        _ root: RootKey?, _ erasures: Erasures, _ later: LaterErasures, _ names: NameReader,
        _ vault: @escaping (KeyID) -> Stored
    ) {
        self.root = root
        self.names = names
        self.erasures = erasures
        self.later = later
        self.vault = vault
    }

    /// Nothing to open anything with.
    package static var none: ReadingKeys { ReadingKeys(root: nil, erasures: Erasures()) { _ in .unknown } }

    /// Names alone: every value stays sealed.
    package static func closed(naming names: NameReader) -> ReadingKeys {
        ReadingKeys(nil, Erasures(), LaterErasures(), names) { _ in .unknown }
    }

    /// The same keys, and these names.
    package func naming(_ names: NameReader) -> ReadingKeys { ReadingKeys(root, erasures, later, names, vault) }

    /// Opens the payload stored beside `entry`: an object with each of its values under its name.
    package func values(of entry: TimelineEntry, payload: [UInt8]?) -> OpenedValues {
        switch disclosures(of: entry, payload: payload) {
        case .failure(let why): why.values
        case .success(.whole(let value, _)): .opened(value)
        case .success(.disclosures(let all)): Self.object(all)
        }
    }

    /// The values one by one, as they are given to somebody who has the leaf; none of a record of an earlier release.
    package func disclosures(of entry: TimelineEntry, payload: [UInt8]?) -> Result<OpenedPayload, ClosedPayload> {
        guard let sealed = entry.sealed else { return .failure(ClosedPayload(.none)) }
        guard let payload else { return .failure(ClosedPayload(.missing)) }
        let plain: [UInt8]?
        switch opener(of: sealed.key) {
        case .failure(let why): return .failure(why)
        case .success(let open): plain = open(payload, entry)
        }
        guard let plain, let opened = OpenedPayload(plain, sealed.form) else {
            return .failure(ClosedPayload(.contradicts))
        }
        return .success(opened)
    }

    private typealias Opener = ([UInt8], TimelineEntry) -> [UInt8]?

    private func opener(of key: KeyID) -> Result<Opener, ClosedPayload> {
        guard key.isDataKey else {
            guard let root, key == root.id else { return .failure(ClosedPayload(.sealed(key: key))) }
            return .success { root.open($0, leaf: $1.leaf, nonce: $1.nonce) }
        }
        switch vault(key) {
        case .absent:
            let destruction = later.destruction(of: key, after: erasures)
            return .failure(ClosedPayload(destruction.map { OpenedValues.erased(key, $0) } ?? .keyMissing(key)))
        case .unknown: return .failure(ClosedPayload(.sealed(key: key)))
        case .wrapped(let wrapped):
            guard let root, wrapped.root == root.id else { return .failure(ClosedPayload(.sealed(key: key))) }
            guard wrapped.id == key, let data = root.unwrap(wrapped) else {
                return .failure(ClosedPayload(.contradicts))
            }
            return .success { data.open($0, leaf: $1.leaf, nonce: $1.nonce) }
        }
    }

    private static func object(_ disclosures: [OpenedDisclosure]) -> OpenedValues {
        var writer = JSONWriter(capacity: 64 + disclosures.reduce(0) { $0 + $1.value.count + $1.name.utf8.count + 4 })
        writer.beginObject()
        for disclosure in disclosures { writer.member(disclosure.name, raw: disclosure.value) }
        writer.endObject()
        do {
            return .opened(try JSONValue.parse(writer.bytes, limits: .response))
        } catch {
            return .contradicts
        }
    }

    /// What a reader should be told about the key alone; nil when it is there, or not known to be gone.
    package func absence(of key: KeyID) -> String? {
        guard key.isDataKey, case .absent = vault(key) else { return nil }
        return later.destruction(of: key, after: erasures)?.text ?? "key missing, unexplained"
    }
}

/// Why a payload is not open.
package struct ClosedPayload: Error, Sendable {
    package let values: OpenedValues

    /// Told to a reader.
    package var text: String {
        switch values {
        case .none, .opened: "nothing is sealed beside it"
        case .sealed(let key): "its values are sealed under \(key), which is not at hand"
        case .erased(_, let destruction): "its values are sealed, \(destruction.text)"
        case .keyMissing(let key): "its values are sealed under \(key), which is missing, unexplained"
        case .missing: "its values are not stored"
        case .contradicts: "what is stored is not what it commits to"
        }
    }

    init(_ values: OpenedValues) { self.values = values }
}

/// A payload in clear that is what its leaf commits to.
package enum OpenedPayload: Sendable {
    /// One object with everything, and its exact bytes: releases before ADR-0023.
    case whole(JSONValue, bytes: [UInt8])
    case disclosures([OpenedDisclosure])

    init?(_ plain: [UInt8], _ form: SealedReference.Form) {
        switch form {
        case .whole(let commitment):
            guard Digest(of: plain) == commitment else { return nil }
            do { self = .whole(try JSONValue.parse(plain, limits: .response), bytes: plain) } catch { return nil }
        case .disclosures(let committed):
            guard let all = OpenedDisclosure.all(in: plain, committed: committed) else { return nil }
            self = .disclosures(all)
        }
    }
}
