import Glibc

/// Keeps a thread beside the path from taking more than a share of a core: it rests in proportion to what it worked.
///
/// Used by the thread that it paces, and by no other.
struct Pacing {
    /// It rests so many times as long as it worked.
    private let rest: Int64
    private var worked = Pacing.processorTime

    /// `share` of a core is one part of so many.
    init(oneOf share: Int64) { rest = share - 1 }

    /// Waits as long as the work since the last call asks for, or until the bell rings.
    mutating func pause(on bell: Doorbell) {
        let now = Self.processorTime
        let pause = (now - worked) / 1_000_000 * rest
        // What is below a millisecond counts next time.
        guard pause > 0 else { return }
        worked = now
        bell.wait(milliseconds: Int32(clamping: pause))
    }

    /// Of this thread, in nanoseconds.
    private static var processorTime: Int64 {
        var time = timespec()
        guard clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0 else { return 0 }
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
