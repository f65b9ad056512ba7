package import MartletRecords
import Synchronization

/// Keeps the index of a running gateway near the end of the log, and checks the rules among its records, on one thread
/// beside the path.
///
/// It reads the segments as any other reader does, parses each leaf once for both, and a call never waits for it. When one
/// of the two fails, it says so and is tried again; the other and the calls go on. How much it works: `FollowingShare`.
package final class LogFollower: Sendable {
    /// How one of the two stands.
    package struct Standing: Sendable {
        /// Leaves that it has taken.
        fileprivate(set) var size: UInt64 = 0
        /// Durable leaves that it has not taken yet.
        package fileprivate(set) var lag: UInt64 = 0
        /// Why it does not follow; nil while it does.
        package fileprivate(set) var failure: String?
    }

    private struct State {
        var index = Standing()
        var rules = Standing()
        var argumentFailure: String?
        var found: [LogFinding] = []
        var isStopping = false
    }

    private let path: String
    private let log: String
    private let arguments: ArgumentSource?
    private let logSize: @Sendable () -> UInt64
    private let state = Mutex(State())
    private let bell: Doorbell
    private let thread = Mutex<DedicatedThread?>(nil)
    /// How often it looks whether the log has grown, in milliseconds.
    private static let interval: Int32 = 200
    /// Behind for so many milliseconds it is late.
    private static let late: Int64 = 500

    /// Starts to follow. `path` is that of the index; `arguments`, when any are declared, what their tokens are made with;
    /// `logSize` gives the leaves that are durable.
    package static func start(
        index path: String, log: String, arguments: ArgumentSource? = nil, logSize: @escaping @Sendable () -> UInt64
    ) throws(SegmentError) -> LogFollower {
        do throws(FileError) {
            let follower = try LogFollower(path, log, arguments, logSize)
            let thread = try DedicatedThread { follower.run() }
            follower.thread.withLock { $0 = thread }
            return follower
        } catch {
            throw .file(error)
        }
    }

    private init(
        _ path: String, _ log: String, _ arguments: ArgumentSource?, _ logSize: @escaping @Sendable () -> UInt64
    ) throws(FileError) {
        self.path = path
        self.log = log
        self.arguments = arguments
        self.logSize = logSize
        bell = try Doorbell()
    }

    package var index: Standing { standing { $0.index } }
    package var rules: Standing { standing { $0.rules } }
    /// Why declared arguments are not indexed; nil while they are, and when none are declared.
    package var argumentFailure: String? { state.withLock { $0.argumentFailure } }

    /// Findings that no record of the log tells yet, each given once. There are none before the end of the log is reached:
    /// it may tell them further on.
    package func takeFindings() -> [LogFinding] {
        state.withLock { state in
            defer { state.found = [] }
            return state.found
        }
    }

    /// Ends the thread; what it has not taken is left to the next start. Blocks; a second call does nothing.
    package func stop() {
        state.withLock { $0.isStopping = true }
        bell.ring()
        thread.withLock { $0.take() }?.join()
    }

    private func standing(_ part: (State) -> Standing) -> Standing {
        var standing = state.withLock { part($0) }
        let end = logSize()
        standing.lag = end > standing.size ? end - standing.size : 0
        return standing
    }

    private var isStopping: Bool { state.withLock { $0.isStopping } }
}

extension LogFollower {
    private func run() {
        DedicatedThread.stepBack()
        var index = FollowingIndex(path: path, log: log, arguments: arguments)
        var rules = FollowingRules(log: log)
        var pacing = Pacing()
        while !isStopping {
            // In this order: what is durable before the index is asked must be in it afterwards.
            let end = logSize()
            let seen = Monotonic.milliseconds
            while !isStopping, step(&index, &rules, below: end) {
                pacing.pause(on: bell, isLate: Monotonic.milliseconds - seen > Self.late)
            }
            if !isStopping { bell.wait(milliseconds: Self.interval) }
            pacing.rested()
        }
        index.close()
        rules.close()
    }

    /// One group of leaves for each that has some to take; whether there were any.
    private func step(_ index: inout FollowingIndex, _ rules: inout FollowingRules, below end: UInt64) -> Bool {
        let leaves = index.step(below: end)
        rules.take(leaves)
        // Up to where the index stands, so that both go on together from there; or without it.
        let hasRead = rules.step(below: index.isFollowing ? min(index.size, end) : end)
        let found = rules.untold(at: end)
        // Last: what is found out about the log goes before what is made findable in it.
        let hasOpened = index.stepArguments()
        state.withLock { state in
            (state.index.size, state.index.failure) = (index.size, index.failure)
            state.argumentFailure = index.argumentFailure
            state.rules.size = rules.size
            state.rules.failure = rules.failure ?? (rules.size < end && index.isFollowing ? index.failure : nil)
            state.found += found
        }
        return !leaves.isEmpty || hasRead || hasOpened
    }
}
