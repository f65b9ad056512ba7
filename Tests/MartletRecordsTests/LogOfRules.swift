import MartletJSON
import MartletRecords

/// A log written down by hand: the records of a sound one, to be changed in one place.
struct LogOfRules {
    /// Nine records: a start, what is in force, a call under a grant with its approval, a stop.
    static let sound = [
        record("log.opened", at: 0, #""observed":{"version":"0.1.0","size":0}"#),
        record(
            "grants.in_force", at: 1,
            #"""
            "derived":{"items":[\#(grant), {"kind":"policy","id":"weekdays"}],"set":"sha256:00","policy":"sha256:aa",
            "part":1,"parts":1}
            """#),
        record("approval.requested", at: 2, call: "c-1", #""verified":{"agent":"bot"},"derived":{"approval":"apr_1"}"#),
        record("approval.granted", at: 3, ruling),
        record("call.intent", at: 4, call: "c-2", intent),
        record("call.outcome", at: 5, call: "c-2", #""prev":4,"observed":{"outcome":"ok"}"#),
        record("log.closed", at: 6, #""observed":{"reason":"signal"}"#),
    ]

    static let grant = #"""
        {"kind":"grant","id":"g-1","role":"payer","upstream":"erp","tool":"issue_payment","scope":[],"approvers":["olivia"],
        "expires":"2026-11-23T10:00:00.000000Z"}
        """#
    static let ruling = #"""
        "verified":{"agent":"bot","approver":"olivia"},"observed":{"decided_t":"2026-11-23T09:00:03.000000Z"},
        "derived":{"approval":"apr_1","binding":"sha256:bb","expires":"2026-11-23T09:30:00.000000Z"}
        """#
    static let intent = #"""
        "round":0,"verified":{"agent":"bot","user":"ada","cred":{"digest":"sha256:cc","jti":"j-1",
        "exp":"2026-11-23T09:15:00.000000Z"}},"observed":{"upstream":"erp","tool":"issue_payment"},
        "derived":{"role":"payer","grant":"g-1","policy":"sha256:aa",
        "approval":{"id":"apr_1","approvers":["olivia"],"binding":"sha256:bb"}}
        """#

    /// That an operator says of record 5 how the call ended.
    static func resolved(_ call: String, at second: Int) -> String {
        record("call.resolved", at: second, call: call, #""asserted":{"ran":true},"derived":{"record":5}"#)
    }

    /// A record of second `at` of the hour.
    static func record(_ type: String, at second: Int, call: String? = nil, _ members: String) -> String {
        let time = "2026-11-23T09:00:0\(second).000000Z"
        let call = call.map { #""call":"\#($0)","# } ?? ""
        return #"{"v":1,"type":"\#(type)",\#(call)"t":"\#(time)",\#(members)}"#
    }

    static func erasure(
        _ step: String, at second: Int, subject: String = "psn-1", keys: String = #""dk-1""#
    ) -> String {
        record(
            "erasure." + step, at: second,
            #""derived":{"erasure":"er-\#(subject)","subject":"\#(subject)","keys":[\#(keys)]}"#)
    }

    static func hold(_ step: String, at second: Int, _ cover: String) -> String {
        record("hold." + step, at: second, #""derived":{"hold":"ho-1",\#(cover)}"#)
    }

    static func check(_ records: [String], memory: Int? = nil) -> LogCheck {
        var check = LogCheck(memory: memory)
        for (index, record) in records.enumerated() { check.take(Array(record.utf8), at: UInt64(index)) }
        return check
    }
}
