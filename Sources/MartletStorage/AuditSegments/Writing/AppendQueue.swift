import MartletAudit
import MartletTransparency
import Synchronization

/// An entry on its way to the writer.
struct PendingAppend: Sendable {
    let leaf: [UInt8]
    let payload: [UInt8]?
    let isEssential: Bool
    let hash: MerkleHash
    let answer: Answer

    /// What is done when it is known what became of the entry; once.
    enum Answer: Sendable {
        /// The caller waits. Unchecked: each entry is answered exactly once, and a call pays for every check twice.
        case caller(UnsafeContinuation<Result<UInt64, AuditError>, Never>)
        /// The caller has gone on, and hears only of a loss.
        case loss(@Sendable (AuditError) -> Void)
    }

    init(_ entry: AuditEntry, _ answer: Answer) {
        leaf = entry.leaf
        // An empty payload is none.
        payload = entry.payload.flatMap { $0.isEmpty ? nil : $0 }
        (isEssential, hash) = (entry.isEssential, entry.hash)
        self.answer = answer
    }

    func answer(_ result: Result<UInt64, AuditError>) {
        switch answer {
        case .caller(let continuation): continuation.resume(returning: result)
        case .loss(let tell): if case .failure(let error) = result { tell(error) }
        }
    }

    var bytes: Int { SegmentFormat.entryBytes(leaf: leaf.count, payload: payload?.count) }
}

/// Between the callers and the writer's thread. Bounded; fails all at once when the log can no longer be trusted.
final class AppendQueue: Sendable {
    private struct State {
        var waiting: [PendingAppend] = []
        var bytes = 0
        var isWriterIdle = false
        /// Why nothing more is taken.
        var end: AuditError?
    }

    private let state = Mutex(State())
    private let doorbell: Doorbell
    private let maximumEntries: Int
    private let maximumBytes: Int

    init(maximumEntries: Int, maximumBytes: Int) throws(FileError) {
        self.maximumEntries = maximumEntries
        self.maximumBytes = maximumBytes
        doorbell = try Doorbell()
    }

    /// Hands an entry to the writer, which answers it; or says why not, and nobody answers it.
    func put(_ append: PendingAppend) -> AuditError? {
        let (refusal, wakes) = state.withLock { state -> (AuditError?, Bool) in
            if let reason = reason(against: append, state) { return (reason, false) }
            state.waiting.append(append)
            state.bytes += append.bytes
            defer { state.isWriterIdle = false }
            return (nil, state.isWriterIdle)
        }
        if wakes { doorbell.ring() }
        return refusal
    }

    private func reason(against append: PendingAppend, _ state: State) -> AuditError? {
        if let end = state.end { return end }
        let limit = append.isEssential ? maximumEntries : maximumEntries - maximumEntries / 4
        let fits = state.waiting.isEmpty || state.bytes + append.bytes <= maximumBytes
        return state.waiting.count < limit && fits ? nil : .overloaded
    }

    /// Everything that waits, in order; blocks while there is nothing. nil once the queue is closed and empty.
    func take() -> [PendingAppend]? {
        while true {
            let (waiting, isOver) = state.withLock { state -> ([PendingAppend], Bool) in
                state.isWriterIdle = state.waiting.isEmpty && state.end == nil
                defer {
                    state.waiting = []
                    state.bytes = 0
                }
                return (state.waiting, state.end != nil)
            }
            if !waiting.isEmpty { return waiting }
            if isOver { return nil }
            doorbell.wait()
        }
    }

    /// What has come since, without waiting for it.
    func takeWaiting() -> [PendingAppend] {
        state.withLock { state in
            defer {
                state.waiting = []
                state.bytes = 0
            }
            return state.waiting
        }
    }

    /// Takes nothing more; what waits is still written.
    func close() {
        state.withLock { $0.end = $0.end ?? .closed }
        doorbell.ring()
    }

    /// Takes nothing more and fails what waits: the log acknowledges nothing any more.
    func fail(_ error: AuditError) {
        let waiting = state.withLock { state -> [PendingAppend] in
            state.end = .closed
            defer { state.waiting = [] }
            return state.waiting
        }
        for append in waiting { append.answer(.failure(error)) }
        doorbell.ring()
    }
}
