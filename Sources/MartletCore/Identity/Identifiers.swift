/// Bytes allowed in every operator-chosen identifier: `[A-Za-z0-9_.-]`.
///
/// One alphabet for agents, roles, upstreams and tools, so that a name can stand in a URL path, a log line, a Cedar
/// entity and a shell argument without quoting.
func isIdentifierByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
        true
    default: false
    }
}

func isIdentifier(_ text: String, maximum: Int) -> Bool {
    (1...maximum).contains(text.utf8.count) && text.utf8.allSatisfy(isIdentifierByte)
}

/// The name of one upstream as the configuration declares it, and the last part of its route `/mcp/<upstream>`.
///
/// 1 to 64 bytes of `[A-Za-z0-9_.-]`, compared byte for byte.
package struct UpstreamID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init?(_ rawValue: String) {
        guard isIdentifier(rawValue, maximum: 64) else { return nil }
        self.rawValue = rawValue
    }
    package var description: String { rawValue }
}

/// The name of one tool on one upstream (`params.name` of `tools/call`).
///
/// 1 to 128 bytes of `[A-Za-z0-9_.-]`, compared byte for byte. The specification says SHOULD; we require it.
/// Source: MCP 2026-07-28, Server Features, Tools, "Tool Names".
package struct ToolName: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init?(_ rawValue: String) {
        guard isIdentifier(rawValue, maximum: 128) else { return nil }
        self.rawValue = rawValue
    }
    package var description: String { rawValue }
}

/// The role an agent acts in; grants are given to roles, never to single agents.
///
/// 1 to 64 bytes of `[A-Za-z0-9_.-]`, compared byte for byte.
package struct RoleName: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init?(_ rawValue: String) {
        guard isIdentifier(rawValue, maximum: 64) else { return nil }
        self.rawValue = rawValue
    }
    package var description: String { rawValue }
}

/// The stable name of a principal: an agent, a user or a workload, as its issuer names it.
///
/// 1 to 256 bytes of visible ASCII without spaces, quotes and backslash. Issuers choose these (URIs, SPIFFE ids, mail
/// addresses), so the alphabet is wider than an operator's; it is still safe in a log line.
package struct SubjectID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init?(_ rawValue: String) {
        guard (1...256).contains(rawValue.utf8.count),
            rawValue.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C })
        else { return nil }
        self.rawValue = rawValue
    }
    package var description: String { rawValue }
}

/// Where a gateway runs (`production`, `staging`); a credential belongs to exactly one.
package struct EnvironmentName: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    package init?(_ rawValue: String) {
        guard isIdentifier(rawValue, maximum: 64) else { return nil }
        self.rawValue = rawValue
    }
    package var description: String { rawValue }
}
