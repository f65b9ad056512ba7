import MartletAudit
import MartletCore
import MartletTesting
import MartletTransparency
import Synchronization
import Testing

@testable import MartletStorage

@Suite("a sink beside a running log")
struct SinkFollowerTests {
    /// The other side: keeps what it took, and fails or hangs when told to.
    private final class Receiver: SinkCarrier {
        private let state = Mutex<(taken: [ExportedRecord], failures: Int, isHanging: Bool, calls: Int)>(
            ([], 0, false, 0))
        var taken: [UInt64] { state.withLock { $0.taken.map(\.index) } }
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
            state.withLock { $0.taken += records }
        }
    }

    private struct Logged {
        let folder: TemporaryFolder
        let store: SegmentStore
        let clock = FixedClock()
        var states: String { folder.path + "/sinks" }

        init() throws {
            folder = try TemporaryFolder()
            store = try LogFixture.open(folder.path + "/log").store
        }

        func follower(_ receiver: Receiver, batch: Int = 50) -> SinkFollower {
            let store = store
            let log = FollowedLog(directory: folder.path + "/log", origin: LogFixture.origin) { store.size }
            let parts = SinkParts(
                name: "siem", kind: "memory", carrier: receiver, limits: BatchLimits(records: batch, bytes: 1 << 20),
                alertAfter: Seconds(60))
            return SinkFollower(parts, of: log, states: states, sinks: 1, clock: clock)
        }

        func cursor() throws -> UInt64? { try SinkFile(directory: states, sink: "siem").load()?.cursor.next }
    }

    /// Runs the sink until the condition holds; the deadline only ever makes a broken test fail.
    private func run(_ follower: SinkFollower, until condition: @escaping @Sendable () -> Bool) async -> Bool {
        await withTaskGroup(of: Bool.self) { tasks in
            tasks.addTask {
                await follower.run()
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

    @Test("a new sink gets everything from record 0, and the next run goes on behind its cursor")
    func backfill() async throws {
        let logged = try Logged()
        try await LogFixture.append(0..<120, to: logged.store)
        let receiver = Receiver()
        #expect(await run(logged.follower(receiver)) { receiver.taken.count == 120 })
        #expect(receiver.taken == Array(0..<120))
        #expect(try logged.cursor() == 120)
        try await LogFixture.append(120..<150, to: logged.store)
        let again = Receiver()
        #expect(await run(logged.follower(again)) { again.taken.count == 30 })
        #expect(again.taken == Array(120..<150))
    }

    @Test("what is refused is given again, the cursor waits, and the failure is said until it is over")
    func failing() async throws {
        let logged = try Logged()
        try await LogFixture.append(0..<10, to: logged.store)
        let receiver = Receiver()
        receiver.failNext(1000)
        let follower = logged.follower(receiver)
        #expect(await run(follower) { follower.status.failure == "not taken: 503" })
        #expect(receiver.taken.isEmpty)
        #expect(try logged.cursor() == 0)
        #expect(follower.status.facts(now: logged.clock.now()).behind == 10)
        receiver.failNext(1)
        let second = logged.follower(receiver)
        #expect(await run(second) { receiver.taken.count == 10 && second.status.failure == nil })
        #expect(try logged.cursor() == 10)
    }

    @Test("a hanging other side stops nobody: the log goes on, and the sink ends when it is told to")
    func hanging() async throws {
        let logged = try Logged()
        let receiver = Receiver()
        receiver.hang()
        try await LogFixture.append(0..<5, to: logged.store)
        let follower = logged.follower(receiver)
        #expect(await run(follower) { receiver.calls == 1 })
        try await LogFixture.append(5..<20, to: logged.store)
        #expect(try logged.cursor() == 0)
        #expect(follower.status.facts(now: logged.clock.now()).behind == 20)
    }

    @Test("a log put back from an older copy is refused and named, and nothing is sent")
    func restored() async throws {
        let logged = try Logged()
        try await LogFixture.append(0..<10, to: logged.store)
        let file = SinkFile(directory: logged.states, sink: "siem")
        let beyond = SinkCursor(origin: LogFixture.origin, next: 40, root: .leaf([1]))
        try file.store(SinkState(sink: "siem", kind: "memory", cursor: beyond, alertAfter: Seconds(60)))
        let receiver = Receiver()
        let follower = logged.follower(receiver)
        #expect(throws: SinkRefusal.beyondEnd(cursor: 40, size: 10)) { try follower.check() }
        #expect(await run(follower) { follower.status.failure?.contains("put back from an older copy") == true })
        #expect(receiver.calls == 0)
        #expect(try logged.cursor() == 40)
    }
}
