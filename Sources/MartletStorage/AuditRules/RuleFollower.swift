package import MartletRecords
import Synchronization

/// Checks the rules among the records of a running gateway, from the first record on, on a thread beside the path.
///
/// It reads the segments as any other reader does: a call never waits for it, and when it fails, calls go on. It works a
/// fiftieth of the time at most, and remembers the newest 262,144 calls and approvals (ADR-0022).
package final class RuleFollower: Sendable {
    private struct State {
        var size: UInt64 = 0
        var found: [LogFinding] = []
        var failure: String?
        var isStopping = false
    }

    private let log: String
    private let logSize: @Sendable () -> UInt64
    private let state = Mutex(State())
    private let bell: Doorbell
    private let thread = Mutex<DedicatedThread?>(nil)
    private static let memory = 1 << 18
    /// How often it looks whether the log has grown, in milliseconds.
    private static let interval: Int32 = 500
    /// How long it waits after a failure.
    private static let pause: Int32 = 2000

    /// Starts to follow. `logSize` gives the leaves that are durable.
    package static func start(
        log: String, logSize: @escaping @Sendable () -> UInt64
    ) throws(SegmentError) -> RuleFollower {
        do throws(FileError) {
            let follower = try RuleFollower(log, logSize)
            let thread = try DedicatedThread { follower.run() }
            follower.thread.withLock { $0 = thread }
            return follower
        } catch {
            throw .file(error)
        }
    }

    private init(_ log: String, _ logSize: @escaping @Sendable () -> UInt64) throws(FileError) {
        self.log = log
        self.logSize = logSize
        bell = try Doorbell()
    }

    /// Findings that no record of the log tells yet, each given once. There are none before the end of the log is reached:
    /// it may tell them further on.
    package func takeFindings() -> [LogFinding] {
        state.withLock { state in
            defer { state.found = [] }
            return state.found
        }
    }

    /// Why the records are not checked; nil while they are.
    package var failure: String? { state.withLock { $0.failure } }

    /// Durable leaves that were not checked yet.
    package var lag: UInt64 {
        let size = state.withLock { $0.size }
        let end = logSize()
        return end > size ? end - size : 0
    }

    /// Ends the thread. Blocks; a second call does nothing.
    package func stop() {
        state.withLock { $0.isStopping = true }
        bell.ring()
        thread.withLock { $0.take() }?.join()
    }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    /// What is damaged is not passed over: it begins again with the first record.
    private func run() {
        while !isStopping {
            var segments = SegmentFollower(directory: log)
            defer { segments.close() }
            do throws(SegmentFault) {
                try follow(&segments)
            } catch {
                state.withLock { $0.failure = "\(error)" }
                bell.wait(milliseconds: Self.pause)
            }
        }
    }

    private func follow(_ segments: inout SegmentFollower) throws(SegmentFault) {
        var watch = RuleWatch(memory: Self.memory)
        var pacing = Pacing(oneOf: 50)
        while !isStopping {
            let end = logSize()
            while watch.size < end, !isStopping, let batch = try segments.next() {
                for placed in batch { watch.take(placed.leaf, at: placed.place.index) }
                pacing.pause(on: bell)
            }
            state.withLock { state in
                state.size = watch.size
                state.failure = watch.size < end ? segments.obstacle.map { "\($0)" } : nil
                if watch.size >= end { state.found += watch.untold() }
            }
            bell.wait(milliseconds: Self.interval)
        }
    }
}
