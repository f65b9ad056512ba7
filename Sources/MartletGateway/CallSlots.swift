import Synchronization

/// How many requests may be on their way at once. A bound, not a queue.
final class CallSlots: Sendable {
    private let taken = Atomic<Int>(0)
    private let maximum: Int
    init(maximum: Int) { self.maximum = maximum }

    func take() -> Bool {
        if taken.add(1, ordering: .relaxed).newValue <= maximum { return true }
        taken.subtract(1, ordering: .relaxed)
        return false
    }

    func release() { taken.subtract(1, ordering: .relaxed) }
}
