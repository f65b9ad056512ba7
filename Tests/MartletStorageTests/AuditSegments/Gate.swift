import Glibc
import Synchronization

/// Holds a thread up while it is shut. Pipes, because the thread that waits is not a task.
final class Gate: Sendable {
    private let isShut = Atomic<Bool>(false)
    private let arrivals = Pipe()
    private let passes = Pipe()

    func shut() { isShut.store(true, ordering: .sequentiallyConsistent) }

    func open() {
        isShut.store(false, ordering: .sequentiallyConsistent)
        passes.send()
    }

    /// Called by the thread that is held up.
    func pass() {
        guard isShut.load(ordering: .sequentiallyConsistent) else { return }
        arrivals.send()
        passes.receive()
    }

    /// Blocks until a thread stands before the gate.
    func waitForArrival() { arrivals.receive() }

    private final class Pipe: Sendable {
        private let ends: (Int32, Int32)
        init() {
            var ends: [Int32] = [-1, -1]
            _ = pipe(&ends)
            self.ends = (ends[0], ends[1])
        }
        deinit {
            close(ends.0)
            close(ends.1)
        }
        func send() {
            var byte: UInt8 = 1
            _ = write(ends.1, &byte, 1)
        }
        func receive() {
            var byte: UInt8 = 0
            _ = read(ends.0, &byte, 1)
        }
    }
}
