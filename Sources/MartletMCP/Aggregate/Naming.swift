package import MartletCore

/// How a route spells what upstreams offer.
///
/// On `/mcp` all upstreams stand side by side, and everything is `<upstream>__<name>`, a resource `<upstream>__<uri>`.
/// No upstream's id contains `__` or ends with `_` (the configuration refuses both), so that the first `__` is the only
/// place to split, and no two things share a spelling. Source: docs/adr/0014-aggregated-route.md.
package enum Naming: Hashable, Sendable {
    /// `/mcp/<upstream>`: every name as the upstream spells it.
    case verbatim
    case aggregated

    /// The longest name of a tool or prompt that is shown or found on `/mcp`, in bytes. Source: MCP 2026-07-28, Server
    /// Features, Tools, "Tool Names".
    package static let maximumBytes = 128

    static let separator = "__"

    /// Whether names of this upstream can be told from those of others on `/mcp`.
    package static func canSpell(_ upstream: UpstreamID) -> Bool {
        !upstream.rawValue.contains(separator) && upstream.rawValue.utf8.last != UInt8(ascii: "_")
    }

    /// How the names of one upstream are spelled.
    package func spelling(of upstream: UpstreamID) -> Spelling {
        switch self {
        case .verbatim: .verbatim
        case .aggregated: .aggregated(upstream)
        }
    }

    /// Whose name this is, and how its upstream spells it; nil when it can be nobody's. On a verbatim route the upstream
    /// is the route's.
    func read(_ text: String) -> (upstream: UpstreamID?, name: String)? {
        guard self == .aggregated else { return (nil, text) }
        guard let mark = text.utf8.firstRange(of: Self.separator.utf8),
            let upstream = UpstreamID(String(text[..<mark.lowerBound])), Self.canSpell(upstream)
        else { return nil }
        return (upstream, String(text[mark.upperBound...]))
    }
}

/// How one upstream's names are spelled on the route of a request.
package struct Spelling: Hashable, Sendable {
    private let prefix: String?

    package static let verbatim = Spelling(prefix: nil)

    package static func aggregated(_ upstream: UpstreamID) -> Spelling {
        Spelling(prefix: upstream.rawValue + Naming.separator)
    }

    private init(prefix: String?) { self.prefix = prefix }

    package var isVerbatim: Bool { prefix == nil }

    package func callAsFunction(_ name: String) -> String { prefix.map { $0 + name } ?? name }
}
