import MartletCore
import Synchronization

/// What was found out about one token when it was verified, and until when that holds.
final class CachedToken: Sendable {
    let request: AuthenticatedRequest
    let names: [Revocation]
    let audience: AudienceRule
    /// From `nbf`, and until `exp`, both with leeway.
    let validity: Range<UnixTime>
    let ring: KeyRing
    let keyEpoch: UInt64
    private let revocationEpoch: Atomic<UInt64>

    init(
        request: AuthenticatedRequest, names: [Revocation], audience: AudienceRule, validity: Range<UnixTime>,
        ring: KeyRing, keyEpoch: UInt64, revocationEpoch: UInt64
    ) {
        self.request = request
        self.names = names
        self.audience = audience
        self.validity = validity
        self.ring = ring
        self.keyEpoch = keyEpoch
        self.revocationEpoch = Atomic(revocationEpoch)
    }

    /// Whether the token would still be accepted on a route; the signature alone is not checked again.
    func isGood(route: Set<String>, now: UnixTime, revocations: RevocationList) -> Bool {
        guard validity.contains(now), audience.admits(route: route) else { return false }
        guard ring.isUsable(epoch: keyEpoch, now: now) else { return false }
        let epoch = revocations.epoch
        guard revocationEpoch.load(ordering: .relaxed) != epoch else { return true }
        guard !revocations.contains(anyOf: names) else { return false }
        revocationEpoch.store(epoch, ordering: .relaxed)
        return true
    }
}

/// Verified tokens by their SHA-256: 16 shards of 4,096, each evicting its oldest. Refusals are never kept.
final class TokenCache: Sendable {
    static let shardCount = 16
    private let shards: [Shard]

    init(capacity: Int) {
        shards = (0..<Self.shardCount).map { _ in Shard(capacity: max(1, capacity / Self.shardCount)) }
    }

    func find(_ digest: TokenDigest) -> CachedToken? {
        shard(digest).state.withLock { $0.tokens[digest] }
    }

    func insert(_ token: CachedToken, for digest: TokenDigest) {
        shard(digest).insert(token, for: digest)
    }

    var count: Int { shards.reduce(0) { sum, shard in sum + shard.state.withLock { $0.tokens.count } } }

    private func shard(_ digest: TokenDigest) -> Shard {
        shards[Int(truncatingIfNeeded: digest.words.3 % UInt64(Self.shardCount))]
    }
}

private final class Shard: Sendable {
    struct State {
        var tokens: [TokenDigest: CachedToken] = [:]
        /// A ring of the keys in order of their insertion.
        var order: [TokenDigest] = []
        var oldest = 0
    }
    let state = Mutex(State())
    private let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    func insert(_ token: CachedToken, for digest: TokenDigest) {
        state.withLock { state in
            guard state.tokens.updateValue(token, forKey: digest) == nil else { return }
            guard state.order.count == capacity else {
                state.order.append(digest)
                return
            }
            state.tokens.removeValue(forKey: state.order[state.oldest])
            state.order[state.oldest] = digest
            state.oldest = (state.oldest + 1) % capacity
        }
    }
}
