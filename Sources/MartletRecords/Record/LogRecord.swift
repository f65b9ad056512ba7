import MartletJSON

/// A leaf as the rules read it: its place, its type, and what its groups say. Nothing of it is required to be there.
struct LogRecord {
    let index: UInt64
    let type: String
    let document: JSONValue

    init(_ document: JSONValue, at index: UInt64) {
        self.index = index
        self.document = document
        type = document.member("type")?.string ?? ""
    }

    func value(_ group: StaticString, _ key: StaticString) -> JSONValue? { document.member(group)?.member(key) }
    func text(_ group: StaticString, _ key: StaticString) -> String? { value(group, key)?.string }
    func moment(_ group: StaticString, _ key: StaticString) -> RecordMoment? {
        text(group, key).flatMap(RecordMoment.init)
    }

    /// An index of another record.
    func place(_ value: JSONValue?) -> UInt64? { value?.integer.flatMap(UInt64.init(exactly:)) }

    var call: String? { document.member("call")?.string }
    var time: RecordMoment? { document.member("t")?.string.flatMap(RecordMoment.init) }
    var round: Int64 { document.member("round")?.integer ?? 0 }
    var agent: String? { text("verified", "agent") }
    var user: String? { text("verified", "user") }
    var approver: String? { text("verified", "approver") }
    var grant: String? { text("derived", "grant") }
    /// Of a request about a task: the call that began it.
    var taskOf: String? { text("derived", "task_of") }

    /// The intent that an outcome or a doubt is about.
    var intent: UInt64? { place(document.member("prev")) }

    /// Everybody on the asking side.
    var requesters: [String] {
        [agent, user].compactMap(\.self) + (value("verified", "actors")?.elements.compactMap(\.string) ?? [])
    }

    /// The approval that a record of the approval itself is about.
    var approvalID: String? { text("derived", "approval") }

    /// Inside an intent: the approval it uses; nil when it states that none was required.
    var approval: JSONValue? { value("derived", "approval").flatMap { $0.kind == .object ? $0 : nil } }

    /// What a call is about, with the word for its kind unless it is a tool.
    var subject: String? {
        text("observed", "tool") ?? text("observed", "prompt").map { "prompt " + $0 }
            ?? text("observed", "resource").map { "resource " + $0 }
    }
}

/// Whether two names are of the same person: without regard to ASCII case, as approvals themselves compare.
func isSamePerson(_ left: String, _ right: String) -> Bool {
    func fold(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
    return left.utf8.elementsEqual(right.utf8) { fold($0) == fold($1) }
}
