import MartletAudit
import MartletCore
import MartletTesting
import MartletTransparency
import Testing

@testable import MartletStorage

@Suite("a sink beside a running log")
struct SinkFollowerTests {
    private struct Logged {
        let folder: TemporaryFolder
        let store: SegmentStore
        let clock = FixedClock()
        var states: String { folder.path + "/sinks" }

        init() throws {
            folder = try TemporaryFolder()
            store = try LogFixture.open(folder.path + "/log").store
        }

        func follower(_ receiver: SinkReceiver, batch: Int = 50) throws -> SinkFollower {
            let store = store
            let shards = LogShards(closed: [], current: LogShard(number: 1, directory: folder.path + "/log"))
            let logs = try FollowedLogs(shards, base: LogFixture.origin) { store.size }
            let parts = SinkParts(
                name: "siem", kind: "memory", carrier: receiver, limits: BatchLimits(records: batch, bytes: 1 << 20),
                alertAfter: Seconds(60))
            return SinkFollower(parts, of: logs, states: states, sinks: 1, clock: clock)
        }

        func cursor() throws -> UInt64? { try SinkFile(directory: states, sink: "siem").load()?.cursor.next }
    }

    @Test("a new sink gets everything from record 0, and the next run goes on behind its cursor")
    func backfill() async throws {
        let logged = try Logged()
        try await LogFixture.append(0..<120, to: logged.store)
        let receiver = SinkReceiver()
        #expect(try await logged.follower(receiver).run { receiver.taken.count == 120 })
        #expect(receiver.taken == Array(0..<120))
        #expect(try logged.cursor() == 120)
        try await LogFixture.append(120..<150, to: logged.store)
        let again = SinkReceiver()
        #expect(try await logged.follower(again).run { again.taken.count == 30 })
        #expect(again.taken == Array(120..<150))
    }

    @Test("what is refused is given again, the cursor waits, and the failure is said until it is over")
    func failing() async throws {
        let logged = try Logged()
        try await LogFixture.append(0..<10, to: logged.store)
        let receiver = SinkReceiver()
        receiver.failNext(1000)
        let follower = try logged.follower(receiver)
        #expect(await follower.run { follower.status.failure == "not taken: 503" })
        #expect(receiver.taken.isEmpty)
        #expect(try logged.cursor() == 0)
        #expect(follower.status.facts(now: logged.clock.now()).behind == 10)
        receiver.failNext(1)
        let second = try logged.follower(receiver)
        #expect(await second.run { receiver.taken.count == 10 && second.status.failure == nil })
        #expect(try logged.cursor() == 10)
    }

    @Test("a hanging other side stops nobody: the log goes on, and the sink ends when it is told to")
    func hanging() async throws {
        let logged = try Logged()
        let receiver = SinkReceiver()
        receiver.hang()
        try await LogFixture.append(0..<5, to: logged.store)
        let follower = try logged.follower(receiver)
        #expect(await follower.run { receiver.calls == 1 })
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
        let receiver = SinkReceiver()
        let follower = try logged.follower(receiver)
        #expect(throws: SinkRefusal.beyondEnd(cursor: 40, size: 10)) { try follower.check() }
        #expect(await follower.run { follower.status.failure?.contains("put back from an older copy") == true })
        #expect(receiver.calls == 0)
        #expect(try logged.cursor() == 40)
    }
}
