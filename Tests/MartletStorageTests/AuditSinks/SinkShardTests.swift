import FoundationEssentials
import MartletAudit
import MartletCore
import MartletTesting
import MartletTransparency
import Testing

@testable import MartletStorage

@Suite("a sink over closed logs and the one that grows")
struct SinkShardTests {
    @Test("gets every record of every log once, in order, under its own number and name", arguments: [1, 7, 40, 500])
    func overTheBorder(batch: Int) async throws {
        let row = try await ShardRow(40, 65, 12)
        let receiver = SinkReceiver()
        let follower = try row.follower(receiver, batch: batch)
        #expect(await follower.run { receiver.taken.count >= 117 })
        #expect(receiver.batches.joined().map(ShardRow.Place.init) == row.places())
        #expect(receiver.batches.allSatisfy { Set($0.map(\.origin)).count == 1 }, "no batch is of two logs")
        #expect(try row.file.load()?.cursor == row.cursor(3, 12))
        #expect(follower.status.facts(now: row.clock.now()).behind == 0)
        let again = SinkReceiver()
        try await LogFixture.append(3012..<3015, to: row.store, bytes: 300)
        #expect(try await row.follower(again).run { again.taken.count == 3 })
        #expect(again.taken == [12, 13, 14])
    }

    @Test(
        "goes on from a cursor in any log that is kept, at its very end too",
        arguments: [(1, 0), (1, 39), (1, 40), (2, 0), (2, 64), (2, 65), (3, 0), (3, 11)])
    func cursors(log: Int, next: Int) async throws {
        let row = try await ShardRow(40, 65, 12)
        try row.keep(row.cursor(log, next))
        let receiver = SinkReceiver()
        let follower = try row.follower(receiver)
        try follower.check()
        let wanted = row.places(from: log, next)
        #expect(await follower.run { receiver.taken.count >= wanted.count })
        #expect(receiver.batches.joined().map(ShardRow.Place.init) == wanted)
    }

    @Test("stands at the beginning of the next log, on disk too, when that has no record yet")
    func emptyLog() async throws {
        let row = try await ShardRow(40, 0)
        let receiver = SinkReceiver()
        let follower = try row.follower(receiver)
        let now = row.clock.now()
        #expect(await follower.run { receiver.taken.count == 40 && follower.status.facts(now: now).next == 0 })
        #expect(try row.file.load()?.cursor == row.cursor(2, 0))
        #expect(receiver.taken == Array(0..<40))
        #expect(follower.status.oldest == nil)
    }

    @Test("what is refused at the border is given again, and nothing else is")
    func failingAtTheBorder() async throws {
        let row = try await ShardRow(40, 65)
        try row.keep(row.cursor(1, 40))
        let receiver = SinkReceiver()
        receiver.failNext(1000)
        let follower = try row.follower(receiver)
        #expect(await follower.run { follower.status.failure == "not taken: 503" })
        #expect(follower.status.facts(now: row.clock.now()).behind == 65)
        receiver.failNext(0)
        #expect(try await row.follower(receiver).run { receiver.taken.count >= 65 })
        #expect(receiver.batches.joined().map(ShardRow.Place.init) == row.places(from: 2))
    }

    @Test(
        "counts what waits over all logs", arguments: [(1, 0, 117), (1, 39, 78), (1, 40, 77), (2, 65, 12), (3, 5, 7)])
    func behind(log: Int, next: Int, behind: UInt64) async throws {
        let row = try await ShardRow(40, 65, 12)
        try row.keep(row.cursor(log, next))
        let inspection = SinkInspection("siem", states: row.states, state: row.state)
        #expect(inspection.refusal == nil && inspection.behind == behind)
        #expect(inspection.shard?.number == log && inspection.size == UInt64(row.sizes[log - 1]))
        let receiver = SinkReceiver()
        receiver.hang()
        let follower = try row.follower(receiver)
        #expect(await follower.run { receiver.calls == 1 })
        #expect(follower.status.facts(now: row.clock.now()).behind == behind)
    }

    @Test("a cursor in a log that is not here any more is refused, and said to be older or newer than what is")
    func missing() async throws {
        let row = try await ShardRow(40, 65, 12)
        try FileManager.default.removeItem(atPath: row.state + "/shards/0001")
        let second = SinkReceiver()
        #expect(try await row.follower(second).run { second.taken.count >= 77 })
        #expect(
            second.batches.joined().map(ShardRow.Place.init) == row.places(from: 2),
            "a new sink begins with what is kept")
        for (number, words) in [(1, "retention gave it up"), (4, "put back from an older copy")] {
            try row.keep(row.cursor(number, 7))
            let origin = LogShard.origin(number, base: LogFixture.origin)
            let refusal = SinkRefusal.missingShard(number, origin: origin, oldest: 2, newest: 3)
            #expect("\(refusal)".contains(words))
            let receiver = SinkReceiver()
            let follower = try row.follower(receiver)
            #expect(throws: refusal) { try follower.check() }
            #expect(await follower.run { follower.status.failure == "\(refusal)" })
            #expect(receiver.calls == 0)
            #expect(try row.file.load()?.cursor.next == 7)
            #expect(SinkInspection("siem", states: row.states, state: row.state).refusal == refusal)
        }
        try row.keep(.start(of: "log.test/b"))
        #expect(throws: SinkRefusal.otherLog(origin: "log.test/b")) { try row.follower(second).check() }
    }

    @Test("a cursor behind the end of a closed log, or over other records of it, is refused")
    func closedLogIsAnother() async throws {
        let row = try await ShardRow(40, 12)
        try row.keep(row.cursor(1, 41))
        #expect(throws: SinkRefusal.beyondEnd(cursor: 41, size: 40)) { try row.follower(SinkReceiver()).check() }
        try row.keep(SinkCursor(origin: LogFixture.origin, next: 40, root: .leaf([1])))
        #expect(throws: SinkRefusal.otherRecords(cursor: 40)) { try row.follower(SinkReceiver()).check() }
    }

    @Test("does not leave a closed log that has more or fewer records than it was closed with", arguments: [30, 50])
    func otherEnd(stated: Int) async throws {
        let row = try await ShardRow(40, 12)
        let other = try await ShardRow(stated, 0)
        let checkpoint = "/shards/0001/checkpoint"
        try FileManager.default.removeItem(atPath: row.state + checkpoint)
        try FileManager.default.copyItem(atPath: other.state + checkpoint, toPath: row.state + checkpoint)
        let receiver = SinkReceiver()
        let follower = try row.follower(receiver)
        let refusal = SinkRefusal.otherEnd(origin: LogFixture.origin)
        #expect(await follower.run { follower.status.failure == "\(refusal)" })
        #expect(receiver.batches.joined().allSatisfy { $0.origin == LogFixture.origin })
        #expect(try row.file.load()?.cursor.origin == LogFixture.origin)
    }
}

@Suite("what sinks still need of closed logs")
struct SinkNeedTests {
    @Test(
        "a closed log is needed until a cursor on disk stands at its end",
        arguments: [
            (1, 0, 1), (1, 39, 1), (1, 40, 2), (1, 41, 1), (2, 0, 2), (2, 65, 3), (3, 0, 3), (3, 12, 3), (4, 0, 1),
        ])
    func lowest(log: Int, next: Int, shard: Int) async throws {
        let row = try await ShardRow(40, 65, 12)
        try row.keep(row.cursor(log, next))
        #expect(try need(row) == SinkNeed(sink: "siem", shard: shard))
    }

    @Test("other records under the same number are not what was closed")
    func otherRecords() async throws {
        let row = try await ShardRow(40, 12)
        try row.keep(SinkCursor(origin: LogFixture.origin, next: 40, root: .leaf([1])))
        #expect(try need(row)?.shard == 1)
    }

    @Test("no sink needs nothing; a new one, and one whose file cannot be read, needs everything that is kept")
    func everything() async throws {
        let row = try await ShardRow(40, 65, 12)
        #expect(try need(row, []) == nil)
        #expect(try need(row) == SinkNeed(sink: "siem", shard: 1))
        try row.keep(row.cursor(3, 12))
        #expect(try need(row, ["siem", "new"]) == SinkNeed(sink: "new", shard: 1))
        try Data("{}".utf8).write(to: URL(filePath: row.file.path))
        #expect(try need(row) == SinkNeed(sink: "siem", shard: 1))
        try FileManager.default.removeItem(atPath: row.state + "/shards/0001")
        #expect(try need(row) == SinkNeed(sink: "siem", shard: 2))
    }

    @Test("without the checkpoint of a closed log nothing is given up")
    func unreadable() async throws {
        let row = try await ShardRow(40, 65, 12)
        try row.keep(row.cursor(3, 12))
        try FileManager.default.removeItem(atPath: row.state + "/shards/0002/checkpoint")
        #expect(try need(row)?.shard == 1)
    }

    private func need(_ row: ShardRow, _ sinks: [String] = ["siem"]) throws -> SinkNeed? {
        SinkNeed.lowest(of: sinks, states: row.states, shards: try row.shards(), base: LogFixture.origin)
    }
}
