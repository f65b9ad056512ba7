package import MartletJSON

/// The id of a JSON-RPC request, echoed as it came. Never null, never fractional.
///
/// Ids belong to one sender: the id of an agent is not used towards an upstream. Source: MCP 2026-07-28, Base Protocol,
/// "Requests".
package enum RequestID: Hashable, Sendable {
    /// At most `maximumBytes` bytes.
    case string(String)
    /// The digits as written; they fit 64 bits.
    case number(String)

    static let maximumBytes = 1024

    /// Reads an id; nil for null, fractions, huge numbers, long strings and every other type.
    package init?(_ value: JSONValue) {
        if let text = value.string {
            guard text.utf8.count <= Self.maximumBytes else { return nil }
            self = .string(text)
        } else if value.integer != nil, let text = value.numberText {
            self = .number(text)
        } else {
            return nil
        }
    }

    package func write(to writer: inout JSONWriter) {
        switch self {
        case .string(let text): writer.string(text)
        case .number(let text): writer.rawNumber(text)
        }
    }

    /// Bytes decide: Swift's own `==` on strings would equate different Unicode spellings.
    package static func == (left: RequestID, right: RequestID) -> Bool {
        switch (left, right) {
        case (.string(let one), .string(let other)), (.number(let one), .number(let other)):
            one.utf8.elementsEqual(other.utf8)
        case (.string, .number), (.number, .string): false
        }
    }
}
