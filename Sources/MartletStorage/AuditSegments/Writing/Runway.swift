import Glibc
import Synchronization

/// The segments made ahead: taken by the writer, made by the upkeep thread.
final class Runway: Sendable {
    private struct State {
        var ready: [String] = []
        var failure: FileError?
        var isStopping = false
    }
    /// Longest wait of the writer for a segment that is being made.
    private static let patienceMilliseconds: Int64 = 30_000

    private let state = Mutex(State())
    private let degraded = Atomic<Bool>(false)
    /// Rings when a segment was taken, or at the end.
    let upkeepBell: Doorbell
    /// Rings when a segment was made, or could not be.
    private let writerBell: Doorbell

    init() throws(FileError) {
        upkeepBell = try Doorbell()
        writerBell = try Doorbell()
    }

    /// Whether the last segment made ahead is reserved for essential entries.
    var isDegraded: Bool { degraded.load(ordering: .relaxed) }
    var count: Int { state.withLock { $0.ready.count } }
    /// Why the last segment ahead could not be made; nil when it was.
    var failure: FileError? { state.withLock { $0.failure } }
    var isStopping: Bool { state.withLock { $0.isStopping } }

    /// The path of a zeroed segment. Blocks while one is being made.
    func take() throws(FileError) -> String {
        let deadline = Monotonic.milliseconds + Self.patienceMilliseconds
        while true {
            let (path, failure) = state.withLock { state -> (String?, FileError?) in
                defer { note(state) }
                return (state.ready.isEmpty ? nil : state.ready.removeFirst(), state.failure)
            }
            // After a failure the upkeep thread tries again in its own time, not once for each refused batch.
            if let failure, path == nil { throw failure }
            upkeepBell.ring()
            if let path { return path }
            let rest = deadline - Monotonic.milliseconds
            guard rest > 0 else { throw FileError(.create, "spare segment", errno: ETIMEDOUT) }
            writerBell.wait(milliseconds: Int32(rest))
        }
    }

    func add(_ path: String) {
        state.withLock { state in
            state.ready.append(path)
            state.failure = nil
            note(state)
        }
        writerBell.ring()
    }

    /// No segment can be made at present.
    func fail(_ error: FileError) {
        state.withLock { state in
            state.failure = error
            note(state)
        }
        writerBell.ring()
    }

    func stop() {
        state.withLock { $0.isStopping = true }
        upkeepBell.ring()
    }

    private func note(_ state: State) {
        degraded.store(state.failure != nil && state.ready.count <= 1, ordering: .relaxed)
    }
}
