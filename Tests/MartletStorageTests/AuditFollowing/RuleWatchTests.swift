import MartletAudit
import MartletRecords
import Testing

@testable import MartletStorage

@Suite("the rules beside a running log")
struct RuleFollowerTests {
    /// Looks again until it holds; the deadline only ever makes a broken test fail.
    private static func reached(_ condition: () throws -> Bool) async throws -> Bool {
        let end = Monotonic.milliseconds + 20_000
        while Monotonic.milliseconds < end {
            if try condition() { return true }
            await Task.yield()
        }
        return false
    }

    private static func outcome(of intent: UInt64) -> AuditEntry {
        entry(#"{"v":1,"type":"call.outcome","call":"c-1","prev":\#(intent)}"#)
    }

    private static func entry(_ text: String) -> AuditEntry {
        AuditEntry(leaf: Array(text.utf8), payload: nil, isEssential: true)
    }

    @Test("finds a contradiction that is already there, and one that comes, each once")
    func finds() async throws {
        let folder = try TemporaryFolder()
        let log = folder.path + "/audit"
        let store = try SegmentStore.open(directory: log, settings: SegmentSettings(origin: "martlet/test")) { _ in }.0
        _ = try await store.append(Self.entry(#"{"v":1,"type":"call.intent","call":"c-1","round":0}"#))
        _ = try await store.append(Self.outcome(of: 0))
        _ = try await store.append(Self.outcome(of: 0))
        let follower = try RuleFollower.start(log: log) { store.size }
        var found: [LogFinding] = []
        #expect(
            try await Self.reached {
                found += follower.takeFindings(); return !found.isEmpty
            })
        #expect(found.map(\.rule) == [.oneOutcome] && found.map(\.index) == [2])
        _ = try await store.append(Self.outcome(of: 7))
        #expect(
            try await Self.reached {
                found += follower.takeFindings(); return found.count > 1
            })
        #expect(found.last?.rule == .outcomeHasIntent && found.last?.index == 3)
        #expect(follower.lag == 0 && follower.failure == nil && follower.takeFindings() == [])
        follower.stop()
        follower.stop()
        store.close()
    }

    @Test("a log without contradictions has none, and a log that is not there is said")
    func nothing() async throws {
        let folder = try TemporaryFolder()
        let follower = try RuleFollower.start(log: folder.path + "/nowhere") { 1 }
        #expect(try await Self.reached { follower.lag == 1 })
        #expect(follower.takeFindings() == [])
        follower.stop()
    }
}

@Suite("what the log tells of its own contradictions")
struct RuleWatchTests {
    private static let twice = [
        #"{"v":1,"type":"call.intent","call":"c-1","round":0}"#,
        #"{"v":1,"type":"call.outcome","call":"c-1","prev":0}"#,
        #"{"v":1,"type":"call.outcome","call":"c-1","prev":0}"#,
    ]

    private static func untold(_ leaves: [String]) -> [UInt64] {
        var watch = RuleWatch(memory: nil)
        for (index, leaf) in leaves.enumerated() { watch.take(Array(leaf.utf8), at: UInt64(index)) }
        return watch.untold().map(\.index)
    }

    @Test("a finding that an alert tells already is not given again; one of another record or rule is")
    func told() {
        func alert(_ rule: String, _ record: Int) -> String {
            #"{"v":1,"type":"alert.raised","derived":{"rule":"\#(rule)","record":\#(record),"text":""}}"#
        }
        #expect(Self.untold(Self.twice) == [2])
        #expect(Self.untold(Self.twice + [alert("one_outcome_per_intent", 2)]) == [])
        #expect(Self.untold(Self.twice + [alert("one_outcome_per_intent", 3)]) == [2])
        #expect(Self.untold(Self.twice + [alert("approval_used_once", 2)]) == [2])
        #expect(Self.untold(Self.twice + ["{"]) == [2, 3])
    }
}
