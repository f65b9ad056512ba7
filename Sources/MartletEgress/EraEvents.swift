import Synchronization

/// What was learnt about eras and is not written down yet, in order. Bounded; what does not fit is counted.
package final class EraEvents: Sendable {
    private let waiting = Mutex<(events: [EraEvent], missed: Int)>(([], 0))
    private let maximum: Int

    package init(maximum: Int = 256) { self.maximum = maximum }

    package func add(_ event: EraEvent) {
        waiting.withLock { waiting in
            if waiting.events.count < maximum { waiting.events.append(event) } else { waiting.missed += 1 }
        }
    }

    /// Everything since the last time, and how many events more there were.
    package func take() -> (events: [EraEvent], missed: Int) {
        waiting.withLock { waiting in
            defer { waiting = ([], 0) }
            return waiting
        }
    }
}
