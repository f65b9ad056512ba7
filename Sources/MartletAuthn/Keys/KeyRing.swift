import MartletCore
import Synchronization

/// The keys of one issuer over time: fetched one at a time, replaced as a whole, unusable once too old.
///
/// A failed fetch leaves the old keys in place until they reach `maximumStaleness`; from then on there are none.
final class KeyRing: Sendable {
    struct Snapshot: Sendable {
        let keys: KeySet
        let epoch: UInt64
    }

    /// Shortest time between two fetches that requests ask for: an unknown `kid` costs the issuer at most this.
    static let minimumInterval = Seconds(10)
    private static let maximumWaiters = 1024

    private let source: any JWKSSource
    private let limits: IssuerLimits
    private let deadline: Duration
    private let state = Mutex(State())

    private struct State {
        var keys: KeySet?
        var fetched = UnixTime(microseconds: 0)
        /// Counts up whenever the keys change, so that what was verified with the old ones is verified again.
        var epoch: UInt64 = 0
        var lastAttempt: UnixTime?
        var isFetching = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    init(source: any JWKSSource, limits: IssuerLimits, deadline: Duration) {
        self.source = source
        self.limits = limits
        self.deadline = deadline
    }

    /// The keys, unless there are none or they are too old.
    func snapshot(now: UnixTime) -> Snapshot? {
        state.withLock { state in
            guard let keys = state.keys, now < state.fetched.advanced(by: limits.maximumStaleness) else { return nil }
            return Snapshot(keys: keys, epoch: state.epoch)
        }
    }

    /// Whether keys of this epoch are still the ones in use, and fresh enough.
    func isUsable(epoch: UInt64, now: UnixTime) -> Bool {
        state.withLock { state in
            state.epoch == epoch && now < state.fetched.advanced(by: limits.maximumStaleness)
        }
    }

    func isDue(now: UnixTime) -> Bool {
        state.withLock { $0.keys == nil || now >= $0.fetched.advanced(by: limits.refresh) }
    }

    /// Fetches new keys, or waits for the fetch that is under way, or does nothing within `minimumInterval` of the last.
    func refresh(now: UnixTime) async -> KeyRefresh.Outcome {
        switch claimTurn(now: now) {
        case .skip: return .skipped
        case .wait:
            await waitForFetch()
            return .skipped
        case .lead:
            let outcome = store(await fetch(), at: now)
            finishFetch(wasCancelled: Task.isCancelled)
            return outcome
        }
    }
}

/// Single flight.
extension KeyRing {
    private enum Turn { case lead, wait, skip }

    private func claimTurn(now: UnixTime) -> Turn {
        state.withLock { state in
            if state.isFetching { return state.waiters.count < Self.maximumWaiters ? .wait : .skip }
            // A clock that was set back must not keep us from fetching.
            if let last = state.lastAttempt, now >= last, now < last.advanced(by: Self.minimumInterval) { return .skip }
            state.isFetching = true
            state.lastAttempt = now
            return .lead
        }
    }

    /// Returns when the fetch under way has ended, which its deadline bounds.
    private func waitForFetch() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.isFetching { state.waiters.append(continuation) }
                return !state.isFetching
            }
            if isOver { continuation.resume() }
        }
    }

    /// A fetch that died with its request does not count as an attempt: the next request may try at once.
    private func finishFetch(wasCancelled: Bool) {
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            state.isFetching = false
            if wasCancelled { state.lastAttempt = nil }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}

/// One fetch.
extension KeyRing {
    private func fetch() async -> Result<KeySet, JWKSError> {
        do {
            return .success(try await KeySet(try await fetchBytes().get()))
        } catch {
            return .failure(error)
        }
    }

    private func fetchBytes() async -> Result<[UInt8], JWKSError> {
        await withTaskGroup(of: Result<[UInt8], JWKSError>.self) { group in
            group.addTask { [source] in
                do throws(JWKSError) { return .success(try await source.fetch()) } catch { return .failure(error) }
            }
            group.addTask { [deadline] in
                do { try await Task.sleep(for: deadline) } catch { return .failure(.timedOut) }
                return .failure(.timedOut)
            }
            let first = await group.next() ?? .failure(.timedOut)
            group.cancelAll()
            return first
        }
    }

    private func store(_ fetched: Result<KeySet, JWKSError>, at now: UnixTime) -> KeyRefresh.Outcome {
        switch fetched {
        case .failure(let error): return .failed(error)
        case .success(let keys):
            return state.withLock { state in
                let isSame = state.keys?.hasSameKeys(as: keys) ?? false
                if !isSame {
                    state.keys = keys
                    state.epoch += 1
                }
                state.fetched = now
                return isSame ? .unchanged : .changed
            }
        }
    }
}

/// What came of one look at an issuer's keys, for the operator's log.
package struct KeyRefresh: Hashable, Sendable {
    package enum Outcome: Hashable, Sendable {
        case changed
        case unchanged
        /// Another fetch was under way or too recent.
        case skipped
        case failed(JWKSError)
    }
    package let issuer: String
    package let outcome: Outcome
}
