/// The HTTP header fields an MCP request is judged by; everything else is dropped here.
///
/// Field names are compared without case, values keep theirs; surrounding blanks are cut. A routing header that
/// appears twice is remembered: two readers could choose different copies. Source: MCP 2026-07-28, Transports,
/// "Standard Request Headers".
package struct RequestHeaders: Sendable {
    package private(set) var protocolVersion: String?
    package private(set) var sessionID: String?
    package private(set) var method: String?
    package private(set) var name: String?
    package private(set) var traceparent: String?
    /// `Mcp-Param-*` in order of arrival; the name without the prefix, in lower case.
    package private(set) var parameters: [ParameterHeader] = []
    package private(set) var acceptsJSON = false
    package private(set) var acceptsEventStream = false
    /// The first routing header that appeared more than once, in its usual spelling.
    package private(set) var duplicate: String?
    /// Exactly one `Content-Type` was sent, and it is `application/json` in UTF-8.
    package private(set) var isJSON = false
    private var contentTypes = 0
    private var hasAccept = false

    /// At most this many `Mcp-Param-*` fields are kept; one more counts as a duplicate.
    static let maximumParameters = 64

    package init(_ fields: [(name: String, value: String)]) {
        for field in fields { take(field.name, field.value) }
        if !hasAccept {
            // RFC 9110, section 12.5.1: no Accept means any type will do.
            acceptsJSON = true
            acceptsEventStream = true
        }
    }

    /// Whether a request without a body could belong to a session: nothing in it speaks of another era.
    package var couldBeOfSession: Bool {
        guard let protocolVersion else { return sessionID != nil }
        return ProtocolVersion(exactly: protocolVersion)?.era == .legacy
    }

    private mutating func take(_ name: String, _ value: String) {
        if name.isHeader("content-type") {
            contentTypes += 1
            isJSON = contentTypes == 1 && MediaType.isJSON(value)
        } else if name.isHeader("accept") {
            takeAccept(value)
        } else if name.isHeader("traceparent") {
            traceparent = value.trimmed
        } else if name.hasHeaderPrefix("mcp-") {
            takeRouting(name, value.trimmed)
        }
    }

    private mutating func takeAccept(_ value: String) {
        hasAccept = true
        let isUsual = MediaType.isUsualAccept(value)
        acceptsJSON =
            acceptsJSON || isUsual || MediaType.list(value, allows: "application/json", group: "application/*")
        acceptsEventStream =
            acceptsEventStream || isUsual || MediaType.list(value, allows: "text/event-stream", group: "text/*")
    }

    private mutating func takeRouting(_ name: String, _ value: String) {
        if name.isHeader("mcp-protocol-version") {
            Self.set(&protocolVersion, value, "MCP-Protocol-Version", &duplicate)
        } else if name.isHeader("mcp-session-id") {
            Self.set(&sessionID, value, "Mcp-Session-Id", &duplicate)
        } else if name.isHeader("mcp-method") {
            Self.set(&method, value, "Mcp-Method", &duplicate)
        } else if name.isHeader("mcp-name") {
            Self.set(&self.name, value, "Mcp-Name", &duplicate)
        } else if name.hasHeaderPrefix("mcp-param-") {
            takeParameter(String(decoding: name.utf8.dropFirst(10).map { $0.lowered }, as: UTF8.self), value)
        }
    }

    private static func set(_ field: inout String?, _ value: String, _ name: String, _ duplicate: inout String?) {
        if field != nil { duplicate = duplicate ?? name }
        field = value
    }

    private mutating func takeParameter(_ name: String, _ value: String) {
        if parameters.count >= Self.maximumParameters || parameters.contains(where: { $0.name == name }) {
            duplicate = duplicate ?? "Mcp-Param"
        } else {
            parameters.append(ParameterHeader(name: name, value: value))
        }
    }
}

/// One `Mcp-Param-*` field: the part of the name after the prefix, and the value before decoding.
package struct ParameterHeader: Hashable, Sendable {
    package let name: String
    package let value: String
}
