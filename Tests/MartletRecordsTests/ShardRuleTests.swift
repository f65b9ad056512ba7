import MartletRecords
import Testing

@Suite("Rules among the records of one log after another")
struct ShardRuleTests {
    private static func carried(_ part: Int, of parts: Int, at second: Int, _ items: String = "") -> String {
        LogOfRules.record(
            "shard.carried", at: second, #""derived":{"items":[\#(items)],"part":\#(part),"parts":\#(parts)}"#)
    }
    private static func opened(_ carried: Int, at second: Int) -> String {
        LogOfRules.record(
            "shard.opened", at: second, #""observed":{"shard":1},"derived":{"shard":2,"carried":\#(carried)}"#)
    }
    private static func closed(at second: Int) -> String {
        LogOfRules.record("shard.closed", at: second, #""derived":{"shard":1,"next_origin":"o","next_vkey":"k"}"#)
    }
    private static func findings(_ records: [String]) -> [LogRule] { LogOfRules.check(records).findings.map(\.rule) }
    private static let start = LogOfRules.record("log.opened", at: 0, #""observed":{"version":"0.1.0","size":0}"#)

    @Test("a log may end with its last record, and nothing stands behind that")
    func end() {
        let whole = LogOfRules.sound + [Self.closed(at: 7)]
        #expect(Self.findings(whole) == [])
        #expect(Self.findings(whole + [Self.closed(at: 8)]) == [.shardEnds])
        let opened = LogOfRules.record("log.opened", at: 8, #""observed":{"version":"0.1.0","size":8}"#)
        #expect(Self.findings(whole + [opened]) == [.shardEnds])
    }

    @Test("the next one says once what went before, behind all that it carries over")
    func beginning() {
        let whole = [Self.start, Self.carried(1, of: 2, at: 1), Self.carried(2, of: 2, at: 2)]
        #expect(Self.findings(whole + [Self.opened(2, at: 3)]) == [])
        #expect(Self.findings([Self.start, Self.opened(0, at: 1)]) == [])
        #expect(Self.findings(whole.dropLast() + [Self.opened(2, at: 2)]) == [.shardBegins])
        #expect(Self.findings(whole.dropLast() + [Self.opened(1, at: 2)]) == [.shardBegins])
        #expect(Self.findings(whole + [Self.opened(0, at: 3)]) == [.shardBegins])
        #expect(Self.findings(whole + [Self.opened(2, at: 3), Self.opened(2, at: 4)]) == [.shardBegins])
        #expect(Self.findings(LogOfRules.sound + [Self.opened(0, at: 7)]) == [.shardBegins], "calls stand before it")
    }

    @Test("a start that was cut short carries over from the first part again")
    func again() {
        let records = [Self.start, Self.carried(1, of: 2, at: 1), Self.carried(1, of: 2, at: 2)]
        #expect(Self.findings(records + [Self.carried(2, of: 2, at: 3), Self.opened(2, at: 4)]) == [])
    }

    @Test("a hold of the log before is on in the next one, and can be released there")
    func hold() {
        let hold = #"{"kind":"hold","hold":"ho-1","all":false,"subject":"psn-1"}"#
        let begun = [Self.start, Self.carried(1, of: 1, at: 1, hold), Self.opened(1, at: 2)]
        #expect(Self.findings(begun + [LogOfRules.hold("released", at: 3, #""all":false,"subject":"psn-1""#)]) == [])
        #expect(Self.findings(begun + [LogOfRules.erasure("requested", at: 3)]) == [.heldIsNotErased])
    }

    @Test("a request about a task may be about one of the log before")
    func task() {
        var records = LogOfRules.sound
        records[4].replace(#""role":"payer""#, with: #""role":"payer","task_of":"c-9""#)
        #expect(Self.findings(records).contains(.taskHasCall))
        records.insert(Self.opened(0, at: 1), at: 1)
        #expect(!Self.findings(records).contains(.taskHasCall))
    }
}
