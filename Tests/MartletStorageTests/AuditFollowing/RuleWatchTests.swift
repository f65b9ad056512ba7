import MartletRecords
import Testing

@testable import MartletStorage

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
