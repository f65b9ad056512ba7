import MartletAudit
import MartletCore
import MartletTesting

/// Records as a busy gateway would leave them, from a seed: few names, so that every filter finds something.
struct RandomRecords {
    private let random: SeededRandom
    private var open: [(index: UInt64, call: String)] = []
    private var number: UInt64 = 0

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    static let agents = ["finance-bot", "Finance-Bot", "ops-bot", "caf\u{e9}", "cafe\u{301}"]
    static let people = ["zoe", "olivia", "planner", "finance-bot"]
    static let tools = ["issue_payment", "list_invoices", "update_vendor"]
    static let upstreams = ["erp", "crm"]
    static let grants = ["g-1", "g-2"]
    static let credentials = ["sha256:aa", "sha256:bb"]
    static let approvals = ["apr_1", "apr_2", "apr_3"]
    static let traces = [String(repeating: "a1", count: 16), String(repeating: "b2", count: 16)]
    static let words = ["ok", "timeout", "Tool_Error", "no_grant", "d\u{c9}j\u{e0}"]

    /// The leaf of index `number`, in order.
    mutating func next() -> [UInt8] {
        defer { number += 1 }
        let call = CallID(
            time: UnixTime(seconds: 1_795_374_000), random: RandomBits(high: number, low: number)
        ).rawValue
        switch dice(10) {
        case 0, 1, 2:
            open.append((number, call))
            return leaf("call.intent", call: call, body: intent())
        case 3 where !open.isEmpty, 4 where !open.isEmpty:
            let intent = open.remove(at: dice(open.count))
            return leaf("call.outcome", call: intent.call, prev: intent.index, body: outcome())
        case 5 where !open.isEmpty:
            let intent = open.remove(at: dice(open.count))
            let body = #","derived":{"reason":"stream_abandoned","may_have_run":true}"#
            return leaf("call.in_doubt", call: intent.call, prev: intent.index, body: body)
        case 6: return leaf("call.denied", call: call, body: denial())
        case 7: return leaf("approval.granted", body: ruling())
        case 8:
            return leaf(
                "cred.revoked",
                body: #","derived":{"subject":"\#(pick(Self.people))","jti":"t-\#(dice(3))","#
                    + #""digest":"\#(pick(Self.credentials))","reason":"lost"}"#)
        default:
            return dice(4) == 0 ? Array("no record \(number)".utf8) : leaf("call.denied", call: call, body: denial())
        }
    }

    mutating func leaves(_ count: Int) -> [[UInt8]] { (0..<count).map { _ in next() } }

    private mutating func leaf(_ type: String, call: String? = nil, prev: UInt64? = nil, body: String) -> [UInt8] {
        // Times run on, and are not in order of the index now and then.
        let time = UnixTime(seconds: 1_795_374_000 + Int64(number) * 7 - Int64(dice(30))).rfc3339
        let id = CallID(time: UnixTime(seconds: 1_795_374_000), random: RandomBits(high: number, low: 7)).rawValue
        var text = #"{"v":1,"type":"\#(type)","id":"\#(id)""#
        if let call { text += #","call":"\#(call)""# }
        if type == "call.intent" { text += #","round":0"# }
        text += #","t":"\#(time)","node":"n","env":"e2e","posture":"pilot""#
        if let prev { text += #","prev":\#(prev)"# }
        return Array((text + body + #","nonce":"AAAAAAAAAAAAAAAAAAAAAA"}"#).utf8)
    }

    private mutating func caller() -> String {
        let user = dice(2) == 0 ? #","user":"\#(pick(Self.people))""# : ""
        let actors = dice(3) == 0 ? #","actors":["planner","\#(pick(Self.people))"]"# : ""
        return #""verified":{"agent":"\#(pick(Self.agents))"\#(user),"iss":"i"\#(actors),"#
            + #""cred":{"digest":"\#(pick(Self.credentials))","jti":"t-\#(dice(3))"}}"#
    }

    private mutating func model() -> String {
        dice(2) == 0 ? #""model":{"name":"m-\#(dice(2))","via":"_meta","assurance":"asserted"}"# : ""
    }

    private mutating func asserted() -> String {
        let trace = dice(2) == 0 ? #""traceparent":"00-\#(pick(Self.traces))-b7ad6b7169203331-01""# : ""
        return [model(), trace].filter { !$0.isEmpty }.joined(separator: ",")
    }

    private mutating func intent() -> String {
        let approval = dice(2) == 0 ? "null" : #"{"id":"\#(pick(Self.approvals))"}"#
        return #",\#(caller()),"asserted":{\#(asserted())},\#(observed()),"#
            + #""derived":{"decision":"permit","role":"r","grant":"\#(pick(Self.grants))","#
            + #""policy":"sha256:p\#(dice(2))","approval":\#(approval)},"#
            + #""sealed":{"commitment":"sha256:c","key":"k"}"#
    }

    private mutating func outcome() -> String {
        #","observed":{"outcome":"\#(pick(Self.words))","latency_us":\#(dice(9000))},"derived":{"may_have_run":true}"#
    }

    private mutating func denial() -> String {
        let who = dice(4) == 0 ? "" : caller() + ","
        return #",\#(who)"asserted":{\#(asserted())},\#(observed()),"#
            + #""derived":{"decision":"deny","stage":"grant","reason":"\#(pick(Self.words))"}"#
    }

    private mutating func ruling() -> String {
        let names = #""agent":"\#(pick(Self.agents))","approver":"\#(pick(Self.people))""#
        let target = #""upstream":"\#(pick(Self.upstreams))","tool":"\#(pick(Self.tools))""#
        return #","verified":{\#(names),"cred":{"digest":"\#(pick(Self.credentials))"}},"#
            + #""observed":{"decided_t":"2026-11-22T19:00:00Z",\#(target)},"#
            + #""derived":{"approval":"\#(pick(Self.approvals))","binding":"b","expires":"2026-11-22T20:00:00Z"}"#
    }

    private mutating func observed() -> String {
        let target = #""upstream":"\#(pick(Self.upstreams))","tool":"\#(pick(Self.tools))""#
        return #""observed":{"src":"10.0.0.\#(dice(3))",\#(target)}"#
    }

    func dice(_ sides: Int) -> Int {
        let bytes = random.bytes(4)
        return Int(bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }) % sides
    }

    func pick(_ names: [String]) -> String { names[dice(names.count)] }

    /// A question with one to three conditions.
    func filter(records: Int) -> IndexFilter {
        var filter = IndexFilter()
        for _ in 0...dice(3) {
            switch dice(13) {
            case 0: filter.equal[.agent] = pick(Self.agents)
            case 1: filter.equal[.user] = pick(Self.people)
            case 2: filter.person = pick(Self.people + Self.agents)
            case 3: filter.equal[.tool] = pick(Self.tools)
            case 4: filter.equal[.upstream] = pick(Self.upstreams)
            case 5: filter.equal[.decision] = pick(["permit", "deny"])
            case 6: filter.equal[.grant] = pick(Self.grants)
            case 7: filter.equal[.approval] = pick(Self.approvals)
            case 8: filter.credential = pick(Self.credentials + ["t-0", "t-1"])
            case 9: filter.equal[.type] = pick(["call.intent", "call.outcome", "call.in_doubt", "unreadable"])
            case 11: filter.trace = pick(Self.traces)
            case 10: filter.status = pick(["TIME", "tool_error", "grant", "\u{c9}J", "D\u{c9}J"])
            default: filter.equal[.modelSource] = "asserted"
            }
        }
        if dice(3) == 0 { filter.since = UnixTime(seconds: 1_795_374_000 + Int64(dice(records * 7))) }
        if dice(3) == 0 { filter.until = UnixTime(seconds: 1_795_374_000 + Int64(dice(records * 7))) }
        if dice(4) == 0 { filter.after = UInt64(dice(records)) }
        if dice(4) == 0 { filter.before = UInt64(dice(records)) }
        return filter
    }
}
