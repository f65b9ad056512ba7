import Glibc

/// How large a part of a core the thread that follows the log may take.
///
/// Index and rules have time, calls have not: while the rest of the process works little, the thread takes what is left of
/// half a core; when it is late, of three quarters. Where calls take more than that themselves, a fiftieth remains, and
/// what is left over is done when there are fewer of them.
enum FollowingShare {
    static let smallest = 1.0 / 50

    /// `others` is what the rest of the process takes, in cores.
    static func share(others: Double, isLate: Bool) -> Double {
        max(smallest, (isLate ? 0.75 : 0.5) - max(0, others))
    }
}

/// Keeps a thread within its share: it rests in proportion to what it worked.
///
/// Used by the thread that it paces, and by no other.
struct Pacing {
    /// Shorter than this says little about what others take, in nanoseconds.
    private static let window: Int64 = 200_000_000

    private var worked = Clock.thread
    private var start = Moment()
    /// What the rest of the process took in the last window, in cores.
    private var others = 0.0

    /// Waits as long as the work since the last call asks for, or until the bell rings.
    mutating func pause(on bell: Doorbell, isLate: Bool) {
        look()
        let now = Clock.thread
        let share = FollowingShare.share(others: others, isLate: isLate)
        let pause = Int64(Double(now - worked) / 1e6 * (1 / share - 1))
        // What is below a millisecond counts next time.
        guard pause > 0 else { return }
        worked = now
        bell.wait(milliseconds: Int32(clamping: pause))
    }

    /// Begins to count anew: what was not worked is not saved up.
    mutating func rested() {
        look()
        worked = Clock.thread
    }

    private mutating func look() {
        let now = Moment()
        let passed = now.time - start.time
        guard passed >= Self.window else { return }
        others = Double((now.process - start.process) - (now.thread - start.thread)) / Double(passed)
        start = now
    }

    private struct Moment {
        let time = Clock.now
        let process = Clock.process
        let thread = Clock.thread
    }

    /// All in nanoseconds.
    private enum Clock {
        static var now: Int64 { read(CLOCK_MONOTONIC) }
        static var process: Int64 { read(CLOCK_PROCESS_CPUTIME_ID) }
        static var thread: Int64 { read(CLOCK_THREAD_CPUTIME_ID) }

        private static func read(_ clock: clockid_t) -> Int64 {
            var time = timespec()
            guard clock_gettime(clock, &time) == 0 else { return 0 }
            return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
        }
    }
}
