package import MartletCore
import Synchronization

/// Gives the key under which the values of a record are sealed: one for each subject and quarter.
///
/// Keys in use are in memory: on the common path a key costs one look into a dictionary. The first record of a subject in a
/// quarter waits until the store has made its key durable, on a thread of the store. Source: ADR-0023.
package final class PayloadVault: Sendable {
    package let root: RootKey
    private let store: any KeyStore
    private let random: any RandomSource
    private let cache: Mutex<KeyCache>
    private let trouble = Mutex<KeyStoreError?>(nil)
    private let erasures = Atomic<UInt64>(0)

    /// `random` makes long-lived keys; `capacity` is about half of the keys that are held in memory at most.
    package init(
        root: RootKey, store: any KeyStore, random: any RandomSource = SystemRandomSource(), capacity: Int = 4096
    ) {
        self.root = root
        self.store = store
        self.random = random
        cache = Mutex(KeyCache(capacity: capacity))
    }

    /// Why the last key that was asked of the store could not be had; nil when it could.
    package var failure: KeyStoreError? { trouble.withLock { $0 } }

    /// Goes up with each erasure: what was written with pseudonyms before it is not written again.
    var generation: UInt64 { erasures.load(ordering: .acquiring) }

    /// The key when it is in memory; waits for nothing.
    func known(_ subject: DataSubject, at time: UnixTime) -> DataKey? {
        cache.withLock { $0.key(of: subject, at: time) }
    }

    /// The key, made when there is none; when this returns, the key survives power loss.
    func key(of subject: DataSubject, at time: UnixTime) async throws(AuditError) -> DataKey {
        guard let quarter = Quarter(of: time) else { throw .keyUnavailable }
        // An erasure while the store answers may have destroyed the key: then it is asked again.
        for _ in 0..<3 {
            let seen = cache.withLock { $0.erasures }
            let wrapped: WrappedKey
            do throws(KeyStoreError) {
                wrapped = try await store.key(of: subject, in: quarter, else: fresh(in: quarter))
                trouble.withLock { $0 = nil }
            } catch {
                trouble.withLock { $0 = error }
                throw .keyUnavailable
            }
            guard wrapped.quarter == quarter, let key = root.unwrap(wrapped) else { throw .keyUnavailable }
            if cache.withLock({ $0.keep(key, of: subject, since: seen) }) { return key }
        }
        throw .keyUnavailable
    }

    /// How records name `subject`; when this returns, what opens it survives power loss.
    func pseudonym(of subject: DataSubject) async throws(AuditError) -> Pseudonym {
        for _ in 0..<3 {
            let (known, seen) = cache.withLock { ($0.pseudonym(of: subject), $0.erasures) }
            if let known { return known }
            let pseudonym: Pseudonym
            do throws(KeyStoreError) {
                pseudonym = try await store.pseudonym(of: subject, salt: random.bytes(IdentityDisclosure.saltBytes))
                trouble.withLock { $0 = nil }
            } catch {
                trouble.withLock { $0 = error }
                throw .keyUnavailable
            }
            if cache.withLock({ $0.keep(pseudonym, of: subject, since: seen) }) { return pseudonym }
        }
        throw .keyUnavailable
    }

    /// Forgets the keys and pseudonyms that are in memory, after some were destroyed in the store.
    func forget() {
        cache.withLock { $0.forget() }
        erasures.wrappingAdd(1, ordering: .releasing)
    }

    private func fresh(in quarter: Quarter) -> FreshKey {
        let bytes = random.bytes(72)
        let (key, nonce) = (Array(bytes[..<32]), Array(bytes[32..<44]))
        let id = KeyID(dataKey: Array(bytes[44..<56]))
        let root = root
        return FreshKey(salt: Array(bytes[56...]), root: root.id) { pseudonym in
            root.wrap(key, id: id, of: pseudonym, in: quarter, nonce: nonce)
        }
    }
}
