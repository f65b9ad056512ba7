package import MartletCore

/// What a grant names: exactly one tool, prompt or resource, or the resources below one prefix.
package enum GrantSubject: Hashable, Sendable {
    case tool(ToolName)
    case prompt(PromptName)
    case resource(ResourceURI)
    case resources(ResourcePrefix)

    package init(_ subject: CallSubject) {
        switch subject {
        case .tool(let name): self = .tool(name)
        case .prompt(let name): self = .prompt(name)
        case .resource(let uri): self = .resource(uri)
        }
    }

    /// The member of a grant that names it.
    package var member: StaticString {
        switch self {
        case .tool: "tool"
        case .prompt: "prompt"
        case .resource: "resource"
        case .resources: "resource_prefix"
        }
    }

    package var text: String {
        switch self {
        case .tool(let name): name.rawValue
        case .prompt(let name): name.rawValue
        case .resource(let uri): uri.rawValue
        case .resources(let prefix): prefix.rawValue
        }
    }

    package var tool: ToolName? { if case .tool(let name) = self { name } else { nil } }
}

/// The beginning that the URIs of a grant have in common: scheme, authority or first segment, and a `/` at its end.
///
/// A URI lies below it when it starts with these very bytes and nothing in it could lead elsewhere: no `.` or `..`
/// segment, no empty one (joined to a folder, `/etc` is not below it), and no percent-encoded dot, slash, backslash, percent sign or control character. Nothing is decoded or
/// normalised; what an upstream would have to interpret is refused. Source: ADR-0009; RFC 3986, sections 5.2.4 and 6.
package struct ResourcePrefix: Hashable, Sendable {
    package let rawValue: String

    /// `scheme://something/`, with at least one byte between: `file:///` and `users://` name everything of a scheme.
    package init?(_ rawValue: String) {
        guard ResourceURI(rawValue) != nil, !rawValue.utf8.contains(where: Self.isRefused),
            let start = rawValue.firstRange(ofBytes: "://"), rawValue.utf8.last == UInt8(ascii: "/"),
            rawValue.utf8.distance(from: start.upperBound, to: rawValue.utf8.endIndex) >= 2,
            !Self.couldLeadElsewhere(rawValue), !Self.hasEmptySegment(rawValue.utf8[start.upperBound...])
        else { return nil }
        self.rawValue = rawValue
    }

    package func covers(_ uri: ResourceURI) -> Bool {
        uri.rawValue.utf8.count > rawValue.utf8.count && uri.rawValue.utf8.starts(with: rawValue.utf8)
            && Self.isStraight(uri)
    }

    /// Whether nothing in the URI could lead elsewhere. A prefix has no empty segment itself, so that one of the URI
    /// lies behind it.
    static func isStraight(_ uri: ResourceURI) -> Bool {
        let start = uri.rawValue.firstRange(ofBytes: "://")?.upperBound ?? uri.rawValue.utf8.startIndex
        return !couldLeadElsewhere(uri.rawValue) && !hasEmptySegment(uri.rawValue.utf8[start...])
    }

    private static func hasEmptySegment(_ path: Substring.UTF8View) -> Bool {
        zip(path, path.dropFirst()).contains { $0 == UInt8(ascii: "/") && $1 == UInt8(ascii: "/") }
    }

    /// A wildcard, a template, a query and a fragment are no part of a prefix.
    private static func isRefused(_ byte: UInt8) -> Bool { "*{}?#".utf8.contains(byte) }

    private static func couldLeadElsewhere(_ uri: String) -> Bool {
        let segments = uri.utf8.split(omittingEmptySubsequences: false) { "/?#;&=".utf8.contains($0) }
        let climbs = segments.contains { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }
        return climbs || hasTellingEscape(Array(uri.utf8))
    }

    /// Whether a percent sign begins anything but the code of a harmless byte.
    private static func hasTellingEscape(_ bytes: [UInt8]) -> Bool {
        bytes.indices.contains { index in
            guard bytes[index] == UInt8(ascii: "%") else { return false }
            guard index + 2 < bytes.count, let byte = Hex.decode(bytes[index + 1...index + 2].map { $0.lowered })?.first
            else { return true }
            return byte < 0x20 || byte == 0x7F || "./\\%".utf8.contains(byte)
        }
    }
}

extension String {
    fileprivate func firstRange(ofBytes text: String) -> Range<String.Index>? {
        var start = utf8.startIndex
        while start != utf8.endIndex {
            if utf8[start...].starts(with: text.utf8) {
                return start..<utf8.index(start, offsetBy: text.utf8.count)
            }
            start = utf8.index(after: start)
        }
        return nil
    }
}

extension UInt8 {
    fileprivate var lowered: UInt8 { (0x41...0x5A).contains(self) ? self | 0x20 : self }
}
