/// What one call is about: the thing on the upstream that a grant must name.
package enum CallSubject: Hashable, Sendable {
    case tool(ToolName)
    case prompt(PromptName)
    /// A resource, or the template of one: reading, completing and subscribing name it alike.
    case resource(ResourceURI)

    package var tool: ToolName? { if case .tool(let name) = self { name } else { nil } }

    package var isResource: Bool { if case .resource = self { true } else { false } }

    /// The name or the URI as it stands on the wire.
    package var text: String {
        switch self {
        case .tool(let name): name.rawValue
        case .prompt(let name): name.rawValue
        case .resource(let uri): uri.rawValue
        }
    }
}

/// The name of one prompt on one upstream (`params.name` of `prompts/get`).
///
/// 1 to 128 bytes of printable ASCII without quote, backslash and asterisk, no blank at either end; compared byte for
/// byte. The specification leaves the alphabet open; this one is safe in a log line and has one spelling per name.
package struct PromptName: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init?(_ rawValue: String) {
        guard (1...128).contains(rawValue.utf8.count), rawValue.utf8.allSatisfy(Self.isAllowed),
            rawValue.utf8.first != UInt8(ascii: " "), rawValue.utf8.last != UInt8(ascii: " ")
        else { return nil }
        self.rawValue = rawValue
    }
    package var description: String { rawValue }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
            && byte != UInt8(ascii: "*")
    }
}

/// The URI of one resource, or the URI template of several, as an upstream spells it. Never resolved or normalised.
///
/// A scheme, a colon and at least one more byte; 2048 bytes at most, all of them visible ASCII that RFC 3986 or RFC 6570
/// lets stand there. Compared byte for byte: two spellings of one place are two resources. Source: RFC 3986, section
/// 3.1; RFC 6570, section 2.
package struct ResourceURI: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init?(_ rawValue: String) {
        let bytes = rawValue.utf8
        guard (3...2048).contains(bytes.count), bytes.allSatisfy(Self.isAllowed),
            let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes.index(after: colon) != bytes.endIndex,
            Self.isScheme(bytes[..<colon])
        else { return nil }
        self.rawValue = rawValue
    }
    package var description: String { rawValue }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\\"), UInt8(ascii: "^"),
            UInt8(ascii: "`"), UInt8(ascii: "|"):
            false
        default: (0x21...0x7E).contains(byte)
        }
    }

    private static func isScheme(_ bytes: Substring.UTF8View) -> Bool {
        func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
        guard let first = bytes.first, isLetter(first) else { return false }
        return bytes.allSatisfy { byte in
            isLetter(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: ".")
        }
    }
}
