import Foundation
import MartletAudit
import MartletRecords
import Testing

@testable import MartletStorage

/// Looks again until it holds; the deadline only ever makes a broken test fail.
func reached(_ condition: () throws -> Bool) async throws -> Bool {
    let end = Monotonic.milliseconds + 20_000
    while Monotonic.milliseconds < end {
        if try condition() { return true }
        await Task.yield()
    }
    return false
}

@Suite("index and rules beside a running log")
struct LogFollowerTests {
    private static func follower(_ logged: AuditIndexTests.Logged) throws -> LogFollower {
        let store = logged.store
        return try LogFollower.start(index: logged.path, log: logged.log) { store.size }
    }

    @Test("follows the log, and says how far it is behind")
    func follows() async throws {
        let logged = try AuditIndexTests.Logged(seed: 21)
        let follower = try Self.follower(logged)
        try await logged.append(200)
        #expect(try await reached { follower.index.lag == 0 && follower.rules.lag == 0 })
        var index = try logged.index()
        #expect(try index.size() == 200)
        index.close()
        follower.stop()
        try await logged.append(3)
        #expect(follower.index.lag == 3 && follower.rules.lag == 3)
        follower.stop()
        index = try logged.index()
        #expect(try index.catchUp() == 203)
    }

    @Test("the index cannot work: says so, log and rules go on, and it works again when it can")
    func fails() async throws {
        let logged = try AuditIndexTests.Logged(seed: 22)
        try FileManager.default.createDirectory(atPath: logged.path, withIntermediateDirectories: false)
        let follower = try Self.follower(logged)
        #expect(try await reached { follower.index.failure != nil })
        try await logged.append(20)
        #expect(try await reached { follower.rules.lag == 0 })
        #expect(follower.index.lag == 20 && follower.rules.failure == nil)
        try FileManager.default.removeItem(atPath: logged.path)
        #expect(try await reached { follower.index.lag == 0 && follower.index.failure == nil })
        try await logged.append(20)
        #expect(try await reached { follower.index.lag == 0 && follower.rules.lag == 0 })
        follower.stop()
    }

    @Test("goes over to the new file when somebody replaced the one it writes")
    func replaced() async throws {
        let logged = try AuditIndexTests.Logged(seed: 23)
        let follower = try Self.follower(logged)
        try await logged.append(10)
        #expect(try await reached { follower.index.lag == 0 })
        let fresh = try AuditIndex.rebuilt(path: logged.path, log: logged.log)
        try await logged.append(10)
        #expect(try await reached { try fresh.size() == 20 })
        follower.stop()
        fresh.close()
    }

    @Test("somebody else brings the index up to date: no record is left out by the rules")
    func helped() async throws {
        let logged = try AuditIndexTests.Logged(seed: 24)
        let follower = try Self.follower(logged)
        var other = try logged.index()
        for _ in 0..<20 {
            try await logged.append(7)
            try other.catchUp()
        }
        #expect(try await reached { follower.index.lag == 0 && follower.rules.lag == 0 })
        follower.stop()
        other.close()
        var watch = RuleWatch(memory: nil)
        for (index, leaf) in logged.leaves.enumerated() { watch.take(leaf, at: UInt64(index)) }
        #expect(follower.takeFindings().map(\.index) == watch.untold().map(\.index))
    }
}

@Suite("the rules beside a running log")
struct FollowedRulesTests {
    private static func outcome(of intent: UInt64) -> AuditEntry {
        entry(#"{"v":1,"type":"call.outcome","call":"c-1","prev":\#(intent)}"#)
    }

    private static func entry(_ text: String) -> AuditEntry {
        AuditEntry(leaf: Array(text.utf8), payload: nil, isEssential: true)
    }

    /// Each start reads the log from the first record on, whether the index has it already or not.
    @Test("finds a contradiction that is already there, and one that comes, each once", arguments: [false, true])
    func finds(isIndexed: Bool) async throws {
        let folder = try TemporaryFolder()
        let log = folder.path + "/audit"
        let store = try SegmentStore.open(directory: log, settings: SegmentSettings(origin: "martlet/test")) { _ in }.0
        _ = try await store.append(Self.entry(#"{"v":1,"type":"call.intent","call":"c-1","round":0}"#))
        _ = try await store.append(Self.outcome(of: 0))
        _ = try await store.append(Self.outcome(of: 0))
        let path = folder.path + "/index.sqlite"
        if isIndexed {
            var index = try AuditIndex.open(path: path, log: log)
            try index.catchUp()
            index.close()
        }
        let follower = try LogFollower.start(index: path, log: log) { store.size }
        var found: [LogFinding] = []
        #expect(
            try await reached {
                found += follower.takeFindings(); return !found.isEmpty
            })
        #expect(found.map(\.rule) == [.oneOutcome] && found.map(\.index) == [2])
        _ = try await store.append(Self.outcome(of: 7))
        #expect(
            try await reached {
                found += follower.takeFindings(); return found.count > 1
            })
        #expect(found.last?.rule == .outcomeHasIntent && found.last?.index == 3)
        #expect(follower.rules.lag == 0 && follower.rules.failure == nil && follower.takeFindings() == [])
        follower.stop()
        follower.stop()
        store.close()
    }

    @Test("a log without contradictions has none, and a log that is not there is said")
    func nothing() async throws {
        let folder = try TemporaryFolder()
        let follower = try LogFollower.start(index: folder.path + "/index.sqlite", log: folder.path + "/nowhere") { 1 }
        #expect(try await reached { follower.rules.lag == 1 })
        #expect(follower.takeFindings() == [])
        follower.stop()
    }

    @Test("what is damaged is not passed over: it is said, and the rules begin again when it can be read")
    func damaged() async throws {
        let logged = try AuditIndexTests.Logged(seed: 25)
        try await logged.append(50)
        logged.store.close()
        let path = logged.log + "/segments/" + LogLayout.segmentName(0)
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        var damaged = whole
        damaged[SegmentFormat.headerBytes + 30] ^= 1
        try damaged.write(to: URL(fileURLWithPath: path))
        let follower = try LogFollower.start(index: logged.path, log: logged.log) { 50 }
        #expect(try await reached { follower.index.failure != nil && follower.rules.failure != nil })
        #expect(follower.index.lag == 50 && follower.rules.lag == 50)
        try whole.write(to: URL(fileURLWithPath: path))
        #expect(try await reached { follower.index.lag == 0 && follower.rules.lag == 0 })
        #expect(follower.index.failure == nil && follower.rules.failure == nil)
        follower.stop()
    }
}

@Suite("how much of a core the follower takes")
struct FollowingShareTests {
    @Test(
        "what is left of half a core, of three quarters when it is late, and never less than a fiftieth",
        arguments: [
            (others: 0, isLate: false, share: 0.5), (others: 0.25, isLate: false, share: 0.25),
            (others: 0.5, isLate: false, share: 0.02), (others: 1.75, isLate: true, share: 0.02),
            (others: 0.5, isLate: true, share: 0.25), (others: 0.75, isLate: true, share: 0.02),
            (others: -0.5, isLate: false, share: 0.5),
        ])
    func share(others: Double, isLate: Bool, share: Double) {
        #expect(FollowingShare.share(others: others, isLate: isLate) == share)
    }
}
