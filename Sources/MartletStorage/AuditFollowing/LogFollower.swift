import Synchronization

/// Keeps the index of a running gateway near the end of the log, on a thread of its own beside the path.
///
/// It reads the segments as any other reader does: a call never waits for it, and when it fails, calls go on. What it
/// cannot do is said by `failure`; it tries again, and makes a damaged file anew.
///
/// Calls come first: it works a fiftieth of the time at most, which keeps up with a few hundred records a second. Behind
/// a busier gateway it stays back, and whoever searches brings the index up to date at full speed.
package final class IndexFollower: Sendable {
    private struct State {
        var size: UInt64 = 0
        var failure: String?
        var isStopping = false
    }

    private let path: String
    private let log: String
    private let logSize: @Sendable () -> UInt64
    private let state = Mutex(State())
    private let bell: Doorbell
    private let thread = Mutex<DedicatedThread?>(nil)
    /// How often it looks whether the log has grown, in milliseconds.
    private static let interval: Int32 = 200
    /// How long it waits after a failure.
    private static let pause: Int32 = 2000

    /// Starts to follow. `logSize` gives the leaves that are durable.
    package static func start(
        path: String, log: String, logSize: @escaping @Sendable () -> UInt64
    ) throws(IndexError) -> IndexFollower {
        do {
            let follower = try IndexFollower(path, log, logSize)
            let thread = try DedicatedThread { follower.run() }
            follower.thread.withLock { $0 = thread }
            return follower
        } catch {
            throw .database(.unavailable(code: -1))
        }
    }

    private init(_ path: String, _ log: String, _ logSize: @escaping @Sendable () -> UInt64) throws(FileError) {
        self.path = path
        self.log = log
        self.logSize = logSize
        bell = try Doorbell()
    }

    /// Why the index does not follow the log; nil while it does.
    package var failure: String? { state.withLock { $0.failure } }

    /// Durable leaves that the index does not hold yet.
    package var lag: UInt64 {
        let size = state.withLock { $0.size }
        let end = logSize()
        return end > size ? end - size : 0
    }

    /// Ends the thread; what it has not indexed is left to the next start. Blocks; a second call does nothing.
    package func stop() {
        state.withLock { $0.isStopping = true }
        bell.ring()
        thread.withLock { $0.take() }?.join()
    }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    private func run() {
        var mustRebuild = false
        while !isStopping {
            do throws(IndexError) {
                var index =
                    try mustRebuild
                    ? AuditIndex.rebuilt(path: path, log: log) : AuditIndex.open(path: path, log: log)
                defer { index.close() }
                mustRebuild = false
                try follow(&index)
            } catch {
                mustRebuild = error.asksForRebuild
                note(failure: "\(error)")
                bell.wait(milliseconds: Self.pause)
            }
        }
    }

    /// Returns when the file was replaced, or at the end.
    private func follow(_ index: inout AuditIndex) throws(IndexError) {
        var first = true
        var pacing = Pacing(oneOf: 50)
        while !isStopping {
            // In this order: what is durable before the index is asked must be in it afterwards.
            let end = logSize()
            if first || state.withLock({ $0.size < end }) {
                guard !index.isReplaced else { return }
                let size = try index.catchUp {
                    if !isStopping { pacing.pause(on: bell) }
                    return isStopping
                }
                if !isStopping { pacing.pause(on: bell) }
                state.withLock { $0.size = size }
                note(failure: size < end && !isStopping ? index.obstacle.map { "\($0)" } : nil)
                first = false
            }
            bell.wait(milliseconds: Self.interval)
        }
    }

    private func note(failure: String?) { state.withLock { $0.failure = failure } }
}
