import Glibc

/// How the kernel schedules this process's threads.
enum ThreadScheduling {
    /// Threads that wake another one go on until they have nothing to do, instead of being preempted by it.
    ///
    /// The event loop hands records to the log's thread, which hands acknowledgements back. On a busy core every one of
    /// these would otherwise be its own switch and its own `fdatasync`; with `SCHED_BATCH` they gather by themselves
    /// (docs/performance.md: about a third less CPU per call). Source: sched(7), "SCHED_BATCH".
    static func preferThroughput() {
        var parameters = sched_param(sched_priority: 0)
        // 3 is SCHED_BATCH; the C header defines it behind _GNU_SOURCE. Refused in some containers; then it is only slower.
        _ = sched_setscheduler(0, 3, &parameters)
    }
}
