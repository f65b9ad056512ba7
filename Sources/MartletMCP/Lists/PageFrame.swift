import MartletJSON

/// What every page of a list has, whatever it lists. Source: MCP 2026-07-28, Server Features, "Pagination".
struct PageFrame {
    let elements: [JSONValue]
    let nextCursor: String?

    /// Reads the result of a list request; nil when it is no list in `member`, or not a complete one.
    init?(_ result: JSONValue, member: StaticString) {
        guard result.kind == .object, let list = result.member(member), list.kind == .array else { return nil }
        if let type = result.member("resultType"), !type.isString("complete") { return nil }
        let cursor = result.member("nextCursor")
        guard cursor == nil || cursor?.isNull == true || cursor?.string != nil else { return nil }
        elements = Array(list.elements)
        nextCursor = cursor?.string
    }
}
