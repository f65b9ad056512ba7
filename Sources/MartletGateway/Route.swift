import MartletCore

/// What a request path means. Anything not listed here does not exist.
package enum Route: Hashable, Sendable {
    /// `/mcp/<name>`, whether or not an upstream of that name is configured: the token comes first.
    case mcp(name: String)
    /// `/.well-known/oauth-protected-resource[/mcp/<name>]`. Source: RFC 9728, section 3.1.
    case resourceMetadata(name: String?)
    case health
    case readiness
    case unknown

    package init(path: String) {
        let metadata = "/.well-known/oauth-protected-resource"
        switch path {
        case "/healthz": self = .health
        case "/readyz": self = .readiness
        case metadata: self = .resourceMetadata(name: nil)
        case "/mcp": self = .mcp(name: "")
        default:
            if path.hasPrefix("/mcp/") {
                self = .mcp(name: String(path.dropFirst(5)))
            } else if path.hasPrefix(metadata + "/mcp/") {
                self = .resourceMetadata(name: String(path.dropFirst(metadata.utf8.count + 5)))
            } else {
                self = .unknown
            }
        }
    }

    /// The bounded word that stands in records and metrics instead of the caller's text.
    package var label: String {
        switch self {
        case .mcp(let name): UpstreamID(name).map { "/mcp/\($0)" } ?? (name.isEmpty ? "/mcp" : "/mcp/?")
        case .resourceMetadata: "/.well-known/oauth-protected-resource"
        case .health: "/healthz"
        case .readiness: "/readyz"
        case .unknown: "?"
        }
    }
}
