import MartletAudit
import Synchronization

@testable import MartletStorage

/// The other side: keeps what it took, and fails or hangs when told to.
final class SinkReceiver: SinkCarrier {
    private let state = Mutex<(batches: [[ExportedRecord]], failures: Int, isHanging: Bool, calls: Int)>(
        ([], 0, false, 0))
    var batches: [[ExportedRecord]] { state.withLock { $0.batches } }
    var taken: [UInt64] { batches.joined().map(\.index) }
    var calls: Int { state.withLock { $0.calls } }
    func failNext(_ count: Int) { state.withLock { $0.failures = count } }
    func hang() { state.withLock { $0.isHanging = true } }

    func deliver(_ records: [ExportedRecord]) async throws(SinkError) {
        let (fails, hangs) = state.withLock { state in
            state.calls += 1
            if state.failures > 0 {
                state.failures -= 1
                return (true, false)
            }
            return (false, state.isHanging)
        }
        if fails { throw .rejected("503") }
        if hangs {
            do { try await Task.sleep(for: .seconds(3600)) } catch { throw .cancelled }
        }
        state.withLock { $0.batches.append(records) }
    }
}

extension SinkFollower {
    /// Runs the sink until the condition holds; the deadline only ever makes a broken test fail.
    func run(until condition: @escaping @Sendable () -> Bool) async -> Bool {
        await withTaskGroup(of: Bool.self) { tasks in
            tasks.addTask {
                await run()
                return false
            }
            tasks.addTask {
                let end = Monotonic.milliseconds + 30_000
                while Monotonic.milliseconds < end {
                    if condition() { return true }
                    await Task.yield()
                }
                return false
            }
            let isReached = await tasks.next() ?? false
            tasks.cancelAll()
            return isReached
        }
    }
}
