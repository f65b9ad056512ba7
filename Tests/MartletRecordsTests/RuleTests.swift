import MartletJSON
import MartletRecords
import Testing

/// Each rule beside the calls themselves has a log that breaks it, found at the record that does.
@Suite("Rules among the records")
struct RuleTests {
    @Test("a sound log has no finding, and nothing open")
    func sound() {
        let check = LogOfRules.check(LogOfRules.sound)
        #expect(check.findings == [] && check.openIntents == [] && check.openStreams == [])
    }

    @Test("a doubt that is resolved, twice even, and an alert that is closed are sound")
    func words() {
        var records = LogOfRules.sound
        records[5].replace("call.outcome", with: "call.in_doubt")
        let alert = LogOfRules.record("alert.raised", at: 6, #""derived":{"rule":"r","record":1}"#)
        let closed = LogOfRules.record("alert.closed", at: 6, #""derived":{"record":8}"#)
        records.insert(
            contentsOf: [LogOfRules.resolved("c-2", at: 6), LogOfRules.resolved("c-2", at: 6), alert, closed], at: 6)
        #expect(LogOfRules.check(records).findings == [])
    }

    typealias Change = @Sendable (inout [String]) -> Void
    /// The rule, the record that breaks it, and how.
    static let breaches: [(LogRule, UInt64, Change)] = [
        (.readable, 5, { $0[5] = "{" }),
        (.grantInForce, 4, { $0[4].replace(#""grant":"g-1""#, with: #""grant":"g-2""#) }),
        (.grantInForce, 4, { $0[4].replace(#""role":"payer""#, with: #""role":"reader""#) }),
        (.grantInForce, 4, { $0[4].replace(#""upstream":"erp""#, with: #""upstream":"crm""#) }),
        (.grantInForce, 4, { $0[4].replace("issue_payment", with: "drop_table") }),
        (.grantNotExpired, 4, { $0[1].replace("T10:00:00.000000", with: "T08:59:54.000000") }),
        (.approvalWhereRequired, 4, { $0[4].replace(LogOfRules.used, with: "null") }),
        (.policyInForce, 4, { $0[4].replace("sha256:aa", with: "sha256:ab") }),
        (.credentialNotExpired, 4, { $0[4].replace("T09:15:00.000000Z", with: "T08:59:04.000000Z") }),
        (.credentialNotRevoked, 5, { $0.insert(LogOfRules.revoked(#""subject":"bot""#), at: 4) }),
        (.credentialNotRevoked, 5, { $0.insert(LogOfRules.revoked(#""subject":"ada""#), at: 4) }),
        (.credentialNotRevoked, 5, { $0.insert(LogOfRules.revoked(#""jti":"j-1""#), at: 4) }),
        (.credentialNotRevoked, 5, { $0.insert(LogOfRules.revoked(#""digest":"sha256:cc""#), at: 4) }),
        (.opensAtItsPlace, 0, { $0[0].replace(#""size":0"#, with: #""size":1"#) }),
        (.erasureRequestedFirst, 6, { $0.insert(LogOfRules.erasure("executed", at: 6), at: 6) }),
        (
            .erasureRequestedFirst, 7,
            { records in
                records.insert(LogOfRules.erasure("requested", at: 6), at: 6)
                records.insert(LogOfRules.erasure("executed", at: 6, keys: #""dk-2""#), at: 7)
            }
        ),
        (
            .heldIsNotErased, 7,
            { records in
                records.insert(LogOfRules.hold("placed", at: 6, #""all":true"#), at: 6)
                records.insert(LogOfRules.erasure("requested", at: 6), at: 7)
            }
        ),
        (
            .heldIsNotErased, 7,
            { records in
                records.insert(LogOfRules.hold("placed", at: 6, #""all":false,"subject":"psn-1""#), at: 6)
                records.insert(LogOfRules.erasure("requested", at: 6), at: 7)
            }
        ),
        (.holdReleasedOnce, 6, { $0.insert(LogOfRules.hold("released", at: 6, #""all":true"#), at: 6) }),
        (.wordIsAbout, 6, { $0.insert(LogOfRules.resolved("c-2", at: 6), at: 6) }),
        (
            .wordIsAbout, 6,
            { records in
                records[5].replace("call.outcome", with: "call.in_doubt")
                records.insert(LogOfRules.resolved("c-1", at: 6), at: 6)
            }
        ),
        (.wordIsAbout, 6, { $0.insert(LogOfRules.record("alert.closed", at: 6, #""derived":{"record":5}"#), at: 6) }),
        (.wordIsAbout, 6, { $0.insert(LogOfRules.record("alert.acked", at: 6, #""derived":{}"#), at: 6) }),
        (.taskHasCall, 4, { $0[4].replace(#""role":"payer""#, with: #""role":"payer","task_of":"c-9""#) }),
    ]

    @Test("a breach of each rule is found, at the record that makes it", arguments: breaches.indices)
    func breach(number: Int) {
        let (rule, index, change) = Self.breaches[number]
        var records = LogOfRules.sound
        change(&records)
        #expect(records != LogOfRules.sound)
        let findings = LogOfRules.check(records).findings
        #expect(findings.contains { $0.rule == rule && $0.index == index }, "\(rule) is not among \(findings)")
    }

    @Test("what is not known is not judged: a run that states no grants, a policy that is not stated")
    func unknown() {
        var records = LogOfRules.sound
        records[1] = LogOfRules.record("config.changed", at: 1, #""observed":{}"#)
        records[4].replace("g-1", with: "g-7")
        #expect(LogOfRules.check(records).findings == [])
        records = LogOfRules.sound
        records[1].replace(#""policy":"sha256:aa","#, with: "")
        #expect(LogOfRules.check(records).findings == [])
    }

    @Test("a call under a hand-written policy is not held against the grants")
    func handWritten() {
        var records = LogOfRules.sound
        records[4].replace(#""grant":"g-1""#, with: #""grant":"weekdays""#)
        #expect(LogOfRules.check(records).findings == [])
    }

    @Test("a statement counts when all of its parts are there, in order")
    func parts() {
        var records = LogOfRules.sound
        records[1].replace(#""parts":1"#, with: #""parts":2"#)
        records[4].replace("g-1", with: "g-7")
        #expect(LogOfRules.check(records).findings == [])
        let second = LogOfRules.record(
            "grants.in_force", at: 1,
            #""derived":{"items":[],"set":"sha256:00","policy":"sha256:aa","part":2,"parts":2}"#)
        records.insert(second, at: 2)
        records[6].replace(#""prev":4"#, with: #""prev":5"#)
        #expect(LogOfRules.check(records).findings.map(\.rule) == [.grantInForce])
    }

    @Test(
        "a grant for everything below an address covers what is below, and nothing else",
        arguments: [("file:///a/b", [LogRule]()), ("file:///b", [.grantInForce])])
    func below(address: String, rules: [LogRule]) {
        var records = LogOfRules.sound
        records[1].replace(#""tool":"issue_payment""#, with: #""tool":"resources below file:///a/""#)
        records[4].replace(#""tool":"issue_payment""#, with: #""resource":"\#(address)""#)
        #expect(LogOfRules.check(records).findings.map(\.rule) == rules)
    }

    @Test("a call within a second of the revocation is none after it, nor one within a minute of the end of its token")
    func leeway() {
        var records = LogOfRules.sound
        records[4].replace("T09:15:00.000000Z", with: "T08:59:04.000001Z")
        records.insert(LogOfRules.revoked(#""jti":"j-1""#, at: "04.000001"), at: 4)
        records[6].replace(#""prev":4"#, with: #""prev":5"#)
        records[5].replace(#""t":"2026-11-23T09:00:04"#, with: #""t":"2026-11-23T09:00:05"#)
        #expect(LogOfRules.check(records).findings.map(\.rule) == [.credentialNotExpired])
        records[5].replace("T08:59:04.000001Z", with: "T08:59:05.000001Z")
        #expect(LogOfRules.check(records).findings == [])
        records[4].replace("04.000001", with: "04.000000")
        #expect(LogOfRules.check(records).findings.map(\.rule) == [.credentialNotRevoked])
    }

    @Test("an erasure of its own keys after its request, beside a hold on somebody else or one that is over, is sound")
    func erased() {
        var records = LogOfRules.sound
        records.insert(LogOfRules.hold("placed", at: 6, #""all":false,"subject":"psn-2""#), at: 6)
        records.insert(LogOfRules.erasure("requested", at: 6), at: 7)
        records.insert(LogOfRules.erasure("executed", at: 6), at: 8)
        records.insert(LogOfRules.hold("released", at: 6, #""all":false,"subject":"psn-2""#), at: 9)
        records.insert(LogOfRules.erasure("requested", at: 6, subject: "psn-2"), at: 10)
        #expect(LogOfRules.check(records).findings == [])
    }

    @Test("the next run opens where the last one ended, also behind the record of a recovered tail")
    func nextRun() {
        let tail = LogOfRules.record("log.recovered_tail", at: 7, #""observed":{"bytes":1,"file":"f"}"#)
        let opened = LogOfRules.record("log.opened", at: 7, #""observed":{"version":"0.1.0","size":7}"#)
        #expect(LogOfRules.check(LogOfRules.sound + [opened]).findings == [])
        #expect(LogOfRules.check(LogOfRules.sound + [tail, opened]).findings == [])
        #expect(LogOfRules.check(LogOfRules.sound + [tail, opened, opened]).findings.map(\.rule) == [.opensAtItsPlace])
    }

    @Test("a head that was kept is kept at the next start too, or given up on record")
    func head() {
        func opened(at second: Int, _ head: String) -> String {
            LogOfRules.record(
                "log.opened", at: second,
                #""observed":{"version":"0.1.0","size":\#(second),"head":{"state":"\#(head)"}}"#)
        }
        let first = LogOfRules.sound + [opened(at: 7, "new")]
        #expect(LogOfRules.check(first).findings == [], "an earlier release kept none")
        for state in ["kept", "accepted"] {
            #expect(LogOfRules.check(first + [opened(at: 8, state)]).findings == [])
        }
        let findings = LogOfRules.check(first + [opened(at: 8, "new")]).findings
        #expect(findings.map(\.rule) == [.headIsKept] && findings.map(\.index) == [8])
    }

    /// A run that beats each 30 seconds: opened at 100 s of its boot, then at the given seconds.
    private static func beating(_ seconds: [Int], boot: String = "b", size: (Int) -> Int = { $0 }) -> [String] {
        func pulse(_ second: Int) -> String { #""boot":"b","mono_ns":\#(second)000000000,"every_s":30"# }
        let opened = LogOfRules.record("log.opened", at: 0, #""observed":{"version":"0","size":0,\#(pulse(100))}"#)
        return [opened]
            + seconds.enumerated().map { place, second in
                let members = pulse(second).replacing(#""boot":"b""#, with: #""boot":"\#(place == 0 ? "b" : boot)""#)
                return LogOfRules.record(
                    "log.heartbeat", at: 1, #""observed":{\#(members),"size":\#(size(place + 1)),"root":"sha256:00"}"#)
            }
    }

    @Test(
        "a heartbeat that is missing for longer than three of them is found",
        arguments: [
            ([130, 160, 190], nil), ([130, 225], nil), ([130, 226], 2), ([195, 225], nil), ([196], 1),
        ] as [([Int], UInt64?)])
    func pauses(seconds: [Int], found: UInt64?) {
        let findings = LogOfRules.check(Self.beating(seconds)).findings
        #expect(findings.map(\.index) == [found].compactMap(\.self), "\(findings)")
        #expect(findings.allSatisfy { $0.rule == .noPause })
    }

    @Test("a pause that the run explains by a gap, or that lies between two runs, is none")
    func explained() {
        let gap = LogOfRules.record("log.gap", at: 2, #""derived":{"lost":{"log.heartbeat":9}}"#)
        let closed = LogOfRules.record("log.closed", at: 2, #""observed":{"reason":"signal"}"#)
        for between in [gap, closed] {
            var records = Self.beating([130, 1000]) { _ in 1 }
            records.insert(between, at: 2)
            #expect(LogOfRules.check(records).findings == [])
        }
    }

    @Test("a heartbeat that is not where it says is found")
    func place() {
        #expect(LogOfRules.check(Self.beating([130, 160]) { $0 }).findings == [])
        #expect(LogOfRules.check(Self.beating([130]) { $0 + 1 }).findings.map(\.rule) == [.heartbeatInPlace])
        #expect(
            LogOfRules.check(Self.beating([130, 160]) { 2 - $0 }).findings.map(\.index) == [2], "shorter than before")
        #expect(LogOfRules.check(Self.beating([130, 129])).findings.map(\.rule) == [.heartbeatInPlace])
        #expect(LogOfRules.check(Self.beating([130, 160], boot: "c")).findings.map(\.index) == [2])
    }

    @Test("clocks at both ends of their range are another clock each")
    func farClocks() {
        func beat(_ size: Int, _ clock: Int64) -> String {
            LogOfRules.record("log.heartbeat", at: 1, #""observed":{"size":\#(size),"mono_ns":\#(clock),"every_s":30}"#)
        }
        #expect(LogOfRules.check([beat(0, -1), beat(1, .max)]).findings.map(\.rule) == [.heartbeatInPlace])
        #expect(LogOfRules.check([beat(0, .max), beat(1, .min)]).findings.map(\.index) == [1])
    }

    @Test("lost ends of streams explain open ones, however many are said to be lost, but for less than none")
    func lostEnds() {
        func gap(_ ends: Int64) -> String {
            LogOfRules.record("log.gap", at: 1, #""derived":{"lost":{"stream.closed":\#(ends)}}"#)
        }
        let opened = LogOfRules.record("stream.opened", at: 0, #""observed":{"stream":"s-1"}"#)
        let closed = LogOfRules.record("log.closed", at: 2, #""observed":{"reason":"signal"}"#)
        #expect(LogOfRules.check([opened, gap(.max), gap(1), closed]).findings == [])
        #expect(LogOfRules.check([opened, gap(1), gap(-1), closed]).findings == [])
        #expect(LogOfRules.check([opened, gap(.min), gap(-1), closed]).findings.map(\.rule) == [.streamEndsInTime])
    }

    @Test("a request about a task needs the call that became one, unless outcomes were lost")
    func tasks() {
        var records = LogOfRules.sound
        records[5].replace(#""outcome":"ok""#, with: #""outcome":"task""#)
        records.removeLast()
        let request = LogOfRules.record(
            "call.intent", at: 6, call: "c-3",
            #""round":0,"observed":{"tool":"issue_payment"},"derived":{"policy":"sha256:aa","task_of":"c-2"}"#)
        #expect(LogOfRules.check(records + [request]).findings == [])
        let gap = LogOfRules.record("log.gap", at: 4, #""derived":{"lost":{"call.outcome":1}}"#)
        #expect(LogOfRules.check([gap, request]).findings == [])
        #expect(LogOfRules.check([request]).findings.map(\.rule) == [.taskHasCall])
    }
}

@Suite("How much a check remembers")
struct MemoryTests {
    private func calls(_ count: Int) -> [String] {
        (0..<count).flatMap { number in
            [
                LogOfRules.record("call.intent", at: 1, call: "c-\(number)", #""round":0"#),
                LogOfRules.record("call.outcome", at: 1, call: "c-\(number)", #""prev":\#(2 * number)"#),
            ]
        }
    }

    @Test("a second outcome is told from one without an intent while the call is remembered")
    func forgets() {
        let again = LogOfRules.record("call.outcome", at: 1, call: "c-0", #""prev":0"#)
        #expect(LogOfRules.check(calls(3) + [again], memory: 3).findings.map(\.rule) == [.oneOutcome])
        #expect(LogOfRules.check(calls(4) + [again], memory: 3).findings.map(\.rule) == [.outcomeHasIntent])
        #expect(LogOfRules.check(calls(40) + [again]).findings.map(\.rule) == [.oneOutcome])
    }

    @Test("an open call is not forgotten")
    func open() {
        var records = calls(40)
        records.remove(at: 1)
        let later = records.map { record in
            guard record.contains("outcome"), let number = record.split(separator: #""prev":"#).last?.dropLast() else {
                return record
            }
            return record.replacing(#""prev":\#(number)"#, with: #""prev":\#((Int(number) ?? 0) - 1)"#)
        }
        #expect(LogOfRules.check(later, memory: 3).openIntents == [0])
    }

    @Test("findings beyond the first thousand are counted")
    func manyFindings() {
        var check = LogCheck()
        for index in 0..<1003 { check.take([], at: UInt64(index)) }
        #expect(check.findings.count == LogCheck.maximumFindings && check.omitted == 3)
        #expect(check.takeFindings().count == LogCheck.maximumFindings && check.findings == [])
    }
}

extension String {
    fileprivate mutating func replace(_ text: String, with other: String) { self = replacing(text, with: other) }
}

extension LogOfRules {
    static let used = #"{"id":"apr_1","approvers":["olivia"],"binding":"sha256:bb"}"#

    static func revoked(_ member: String, at second: String = "02.000000") -> String {
        #"{"v":1,"type":"cred.revoked","t":"2026-11-23T09:00:\#(second)Z","derived":{\#(member),"reason":"lost"}}"#
    }
}
