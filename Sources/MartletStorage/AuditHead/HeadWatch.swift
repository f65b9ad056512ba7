import Synchronization

/// What the keeping of the head tells the rest of the process.
final class HeadWatch: Sendable {
    /// How long the head may stay behind the log before nothing is permitted any more, in milliseconds.
    static let longestLag: Int64 = 30_000

    private struct State {
        var failure: SegmentError?
        var moved: SegmentError? {
            guard case .head(.moved) = failure else { return nil }
            return failure
        }
        var isKept = false
        /// When it was seen last that the head was kept; in monotonic milliseconds.
        var kept: Int64?
        var isRecorded = false
        var isStopping = false
    }
    private let state = Mutex(State())
    private let overdue = Atomic<Bool>(false)

    /// Whether permitted calls must wait: what was recorded since the head was kept could be rolled back unseen.
    var isOverdue: Bool { overdue.load(ordering: .relaxed) }
    /// Why the head could not be kept last; nil when it was.
    var failure: SegmentError? { state.withLock { $0.failure } }
    /// That somebody else has moved the head. This is never forgotten: whoever it was goes on with the log.
    var moved: SegmentError? { state.withLock { $0.moved } }
    /// Whether the record is durable that says what was accepted.
    var isRecorded: Bool { state.withLock { $0.isRecorded } }
    func noteRecorded() { state.withLock { $0.isRecorded = true } }
    var isStopping: Bool { state.withLock { $0.isStopping } }
    func stop() { state.withLock { $0.isStopping = true } }

    func succeed() {
        state.withLock { state in
            state.failure = state.moved
            state.isKept = true
        }
    }

    func fail(_ error: SegmentError) { state.withLock { $0.failure = $0.moved ?? error } }

    /// To be called about once a second, from a thread that no store of heads can hold up. `now` is monotonic.
    func look(now: Int64) {
        let isLate = state.withLock { state in
            if state.isKept || state.kept == nil { state.kept = now }
            state.isKept = false
            return now - (state.kept ?? now) > Self.longestLag
        }
        overdue.store(isLate, ordering: .relaxed)
    }
}
