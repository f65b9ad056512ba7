import Glibc
import Synchronization

/// Holds a thread up while it is shut.
final class Gate: Sendable {
    private let isShut = Atomic<Bool>(false)
    private let arrivals = AsyncStream<Void>.makeStream()
    /// A pipe, because what waits here is a thread and not a task.
    private let readEnd: Int32
    private let writeEnd: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        _ = pipe(&ends)
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    func shut() { isShut.store(true, ordering: .sequentiallyConsistent) }

    func open() {
        isShut.store(false, ordering: .sequentiallyConsistent)
        var byte: UInt8 = 1
        _ = write(writeEnd, &byte, 1)
    }

    /// Called by the thread that is held up.
    func pass() {
        guard isShut.load(ordering: .sequentiallyConsistent) else { return }
        arrivals.continuation.yield()
        var byte: UInt8 = 0
        _ = read(readEnd, &byte, 1)
    }

    /// Returns when a thread stands before the gate.
    func arrival() async {
        for await _ in arrivals.stream { return }
    }
}
