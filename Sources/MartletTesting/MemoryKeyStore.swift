package import MartletAudit
package import MartletCore
import Synchronization

/// Keeps wrapped data keys in memory, with the contract of the real store, and fails when told to.
package final class MemoryKeyStore: KeyStore {
    package enum Failure: Hashable, Sendable {
        /// Nothing was stored.
        case failBeforeWrite
        /// It was stored, and the caller does not learn it.
        case failAfterWrite
    }

    private struct Contents {
        var names: [DataSubject: IdentityDisclosure] = [:]
        var keys: [WrappedKey] = []
        var writes = 0
        var failures: [Int: Failure] = [:]
        var isOut = false
    }

    private let contents = Mutex(Contents())
    package init() {}

    /// Makes the write number `number` fail; writes count from 1 and include the failed ones.
    package func inject(_ failure: Failure, atWrite number: Int) {
        contents.withLock { $0.failures[number] = failure }
    }

    /// Makes everything fail until it is ended.
    package func setOutage(_ isOut: Bool) { contents.withLock { $0.isOut = isOut } }

    /// Writes so far.
    package var writes: Int { contents.withLock { $0.writes } }

    /// What opens `pseudonym`; nil when it is not known, or not any more.
    package func disclosure(of pseudonym: Pseudonym) -> IdentityDisclosure? {
        contents.withLock { $0.names.values.first { $0.pseudonym == pseudonym } }
    }

    /// All keys, in the order in which they were stored.
    package var keys: [WrappedKey] { contents.withLock { $0.keys } }

    package func key(
        of subject: DataSubject, in quarter: Quarter, else fresh: FreshKey
    ) async throws(KeyStoreError) -> WrappedKey {
        try contents.withLock { contents throws(KeyStoreError) in
            if contents.isOut { throw .unavailable("injected") }
            let disclosure = contents.names[subject] ?? IdentityDisclosure(of: subject, salt: fresh.salt)
            let pseudonym = disclosure.pseudonym
            let known = contents.keys.first {
                $0.pseudonym == pseudonym && $0.quarter == quarter && $0.root == fresh.root
            }
            if let known { return known }
            contents.writes += 1
            let failure = contents.failures[contents.writes]
            if failure == .failBeforeWrite { throw .unavailable("injected") }
            guard let key = fresh.wrap(pseudonym) else { throw .unavailable("the key cannot be wrapped") }
            contents.names[subject] = disclosure
            contents.keys.append(key)
            if failure == .failAfterWrite { throw .unavailable("injected") }
            return key
        }
    }

    package func pseudonym(
        of subject: DataSubject, salt: [UInt8]
    ) async throws(KeyStoreError) -> Pseudonym {
        try contents.withLock { contents throws(KeyStoreError) in
            if contents.isOut { throw .unavailable("injected") }
            let disclosure = contents.names[subject] ?? IdentityDisclosure(of: subject, salt: salt)
            contents.names[subject] = disclosure
            return disclosure.pseudonym
        }
    }

    package func subjects(named name: SubjectID) async throws(KeyStoreError) -> [KeptSubject] {
        try contents.withLock { contents throws(KeyStoreError) in
            if contents.isOut { throw .unavailable("injected") }
            let named = contents.names.filter { $0.key.name == name }.sorted { $0.key.issuer < $1.key.issuer }
            return named.map { subject, disclosure in
                let pseudonym = disclosure.pseudonym
                return KeptSubject(
                    subject: subject, pseudonym: pseudonym, disclosure: disclosure,
                    keys: contents.keys.filter { $0.pseudonym == pseudonym })
            }
        }
    }

    package func subject(of pseudonym: Pseudonym) async throws(KeyStoreError) -> DataSubject? {
        try contents.withLock { contents throws(KeyStoreError) in
            if contents.isOut { throw .unavailable("injected") }
            return contents.names.first { $0.value.pseudonym == pseudonym }?.key
        }
    }

    package func destroy(_ keys: [KeyID], forgetting pseudonyms: [Pseudonym]) async throws(KeyStoreError) -> Int {
        try contents.withLock { contents throws(KeyStoreError) in
            if contents.isOut { throw .unavailable("injected") }
            contents.writes += 1
            let failure = contents.failures[contents.writes]
            if failure == .failBeforeWrite { throw .unavailable("injected") }
            let before = contents.keys.count
            contents.keys.removeAll { keys.contains($0.id) }
            let count = before - contents.keys.count
            let gone = Set(pseudonyms).subtracting(contents.keys.map(\.pseudonym))
            contents.names = contents.names.filter { !gone.contains($0.value.pseudonym) }
            if failure == .failAfterWrite { throw .unavailable("injected") }
            return count
        }
    }

    /// Puts keys back, as an older copy of the store would.
    package func restore(_ keys: [WrappedKey]) { contents.withLock { $0.keys = keys } }
}

extension PayloadVault {
    /// A vault in memory under a key file of 32 equal bytes; nil never.
    package static func inMemory(
        _ byte: UInt8 = 7, store: MemoryKeyStore = MemoryKeyStore(), seed: UInt64 = 77
    ) -> PayloadVault? {
        RootKey(key: Secret(bytes: [UInt8](repeating: byte, count: 32))).map {
            PayloadVault(root: $0, store: store, random: SeededRandom(seed: seed))
        }
    }
}
