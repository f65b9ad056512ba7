import Synchronization

/// Runs the task of one sink on a thread of its own: what it waits for in the disk keeps nobody else waiting.
final class SinkThread: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var isStopping = false
    }

    private let state = Mutex(State())
    private let bell: Doorbell
    private let thread = Mutex<DedicatedThread?>(nil)

    static func start() throws(FileError) -> SinkThread {
        let executor = try SinkThread()
        let thread = try DedicatedThread { executor.run() }
        executor.thread.withLock { $0 = thread }
        return executor
    }

    private init() throws(FileError) { bell = try Doorbell() }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
        bell.ring()
    }

    /// Ends the thread, when its task has ended. Blocks.
    func stop() {
        state.withLock { $0.isStopping = true }
        bell.ring()
        thread.withLock { $0.take() }?.join()
    }

    private func run() {
        while true {
            let (jobs, isStopping) = state.withLock { state in
                defer { state.jobs = [] }
                return (state.jobs, state.isStopping)
            }
            for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
            if jobs.isEmpty {
                if isStopping { return }
                bell.wait()
            }
        }
    }
}
