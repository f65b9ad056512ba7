import Glibc
import Synchronization

/// Notices SIGTERM, SIGINT and, from a terminal that was closed, SIGHUP. Made before anything is opened, so that no signal ends the process half-way.
struct TerminationSignal: Sendable {
    init() {
        // A peer that goes away must not end the gateway.
        signal(SIGPIPE, SIG_IGN)
        for number in [SIGTERM, SIGINT, SIGHUP] {
            signal(number) { _ in terminationRequested.store(true, ordering: .relaxed) }
        }
    }

    /// Returns after a signal, or as soon as `isOver` says so; looks every 50 ms.
    func wait(or isOver: @Sendable () -> Bool) async {
        while !terminationRequested.load(ordering: .relaxed), !isOver() {
            do { try await Task.sleep(for: .milliseconds(50)) } catch { return }
        }
    }
}

/// Set by the signal handler: a lock-free store is all that a handler may do.
private let terminationRequested = Atomic<Bool>(false)
