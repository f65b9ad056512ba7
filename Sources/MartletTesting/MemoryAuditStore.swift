package import MartletAudit
import Synchronization

/// An audit store in memory that keeps the contract and can be told to fail.
package final class MemoryAuditStore: AuditStore {
    package enum Failure: Hashable, Sendable {
        /// The entry is not stored, and the append throws.
        case failBeforeWrite
        /// The entry is stored, and the append throws nevertheless.
        case failAfterWrite
    }

    private struct State {
        var entries: [AuditEntry] = []
        var attempts = 0
        var failures: [Int: Failure] = [:]
        var outage: Failure?
        var isOnReserve = false
        var refusal: AuditError?
    }

    private let state = Mutex(State())
    package init() {}

    /// Makes the append number `attempt` fail; attempts count from 1 and include the failed ones.
    package func inject(_ failure: Failure, atAppend attempt: Int) {
        state.withLock { $0.failures[attempt] = failure }
    }

    /// Makes every append fail until `nil` is given.
    package func setOutage(_ failure: Failure?) { state.withLock { $0.outage = failure } }

    /// Refuses entries that are not essential, as a store does whose disk is nearly full.
    package func setOnReserve(_ isOnReserve: Bool) { state.withLock { $0.isOnReserve = isOnReserve } }

    /// Refuses every entry at once, as a full queue does, until `nil` is given.
    package func setRefusal(_ refusal: AuditError?) { state.withLock { $0.refusal = refusal } }

    package var entries: [AuditEntry] { state.withLock { $0.entries } }
    package var leaves: [[UInt8]] { state.withLock { $0.entries.map(\.leaf) } }
    package var attempts: Int { state.withLock { $0.attempts } }

    package func append(_ entry: AuditEntry) async throws(AuditError) -> UInt64 {
        let result = state.withLock { Self.append(entry, to: &$0) }
        return try result.get()
    }

    /// Refuses what does not fit at once, and tells of a failed write later, as a disk does.
    package func enqueue(
        _ entry: AuditEntry, lost: @escaping @Sendable (AuditError) -> Void
    ) throws(AuditError) {
        guard case .failure(let error) = state.withLock({ Self.append(entry, to: &$0) }) else { return }
        guard case .storeUnavailable = error else { throw error }
        lost(error)
    }

    private static func append(_ entry: AuditEntry, to state: inout State) -> Result<UInt64, AuditError> {
        state.attempts += 1
        if let refusal = state.refusal { return .failure(refusal) }
        let failure = state.failures[state.attempts] ?? state.outage
        guard !entry.leaf.isEmpty, entry.leaf.count <= AuditEntry.maximumLeafBytes else {
            return .failure(.leafTooLarge(bytes: entry.leaf.count))
        }
        if state.isOnReserve, !entry.isEssential { return .failure(.reserveReached) }
        if failure == .failBeforeWrite { return .failure(.storeUnavailable(errno: 28)) }
        state.entries.append(entry)
        if failure == .failAfterWrite { return .failure(.storeUnavailable(errno: 5)) }
        return .success(UInt64(state.entries.count - 1))
    }
}
