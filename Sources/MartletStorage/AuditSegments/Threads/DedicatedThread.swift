import Glibc

/// One POSIX thread, for work that blocks in the disk and must not block an event loop or a pool.
struct DedicatedThread: Sendable {
    private final class Work: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private let identifier: pthread_t

    /// Starts `run` on a new thread.
    init(_ run: @escaping @Sendable () -> Void) throws(FileError) {
        let work = Unmanaged.passRetained(Work(run))
        var identifier = pthread_t()
        let code = pthread_create(
            &identifier, nil,
            { pointer in
                if let pointer { Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue().run() }
                return nil
            }, work.toOpaque())
        guard code == 0 else {
            work.release()
            throw FileError(.thread, "pthread_create", errno: code)
        }
        self.identifier = identifier
    }

    /// Waits until the work has returned. Call it once.
    func join() { pthread_join(identifier, nil) }

    /// Lets every other thread of the process go first from now on; called by the thread itself.
    ///
    /// Linux keeps this for each thread (setpriority(2), "C library/kernel differences"). Where it is refused, only pacing is
    /// left.
    static func stepBack() { _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10) }
}

/// Time that only moves forward, for intervals.
enum Monotonic {
    static var milliseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
