import MartletCore
import MartletJSON

/// Why a tool that an upstream lists is offered to nobody. Raw values stand in the log.
package enum ToolDefect: String, Error, Hashable, Sendable, CaseIterable {
    case notAnObject = "not an object"
    /// A member that is one of ours but for case.
    case lookalikeMember = "a member that looks like another"
    case invalidName = "invalid name"
    case invalidSchema = "no inputSchema"
    case invalidHeader = "invalid x-mcp-header"
    /// Two readers could read it differently, so that nobody could say what was approved.
    case ambiguous = "no canonical form"
    case repeatedName = "another tool has the same name"
}

/// A tool that was left out of a list, so that its operator finds it.
package struct LeftOutTool: Hashable, Sendable {
    /// The upstream's word in printable ASCII, at most 128 characters, everything else escaped; empty without one.
    package let name: String
    package let defect: ToolDefect
    /// Of the definition as it was received.
    let definition: Digest

    init(_ value: JSONValue, _ defect: ToolDefect) {
        name = value.member("name")?.string.map(Self.printable) ?? ""
        self.defect = defect
        definition = Digest(of: value.serialized())
    }

    private static func printable(_ name: String) -> String {
        var shown = ""
        for scalar in name.unicodeScalars {
            let isPrintable = (0x20...0x7E).contains(scalar.value) && scalar != "\\"
            let next = isPrintable ? String(scalar) : "\\u{" + String(scalar.value, radix: 16) + "}"
            guard shown.utf8.count + next.utf8.count <= 128 else { break }
            shown += next
        }
        return shown
    }
}
