package import MartletCore
import MartletMCP

/// What a request path means. Anything not listed here does not exist.
package enum Route: Hashable, Sendable {
    /// `/mcp/<name>`, whether or not an upstream of that name is configured: the token comes first.
    case mcp(name: String)
    /// `/mcp`: all upstreams that the caller may use, names as `<upstream>__<name>`.
    case aggregate
    /// `/.well-known/oauth-protected-resource[/mcp[/<name>]]`, of the aggregated route without a name. Source: RFC 9728,
    /// section 3.1.
    case resourceMetadata(name: String?)
    case health
    case readiness
    /// `/audit/proof/<index>`: that a record of the caller stands in the log.
    case proof(index: UInt64)
    case unknown

    package init(path: String) {
        // Calls first: nothing is put together for them.
        if path.utf8.starts(with: "/mcp/".utf8) {
            self = .mcp(name: String(decoding: path.utf8.dropFirst(5), as: UTF8.self))
            return
        }
        let metadata = "/.well-known/oauth-protected-resource"
        switch path {
        case "/healthz": self = .health
        case "/readyz": self = .readiness
        case metadata, metadata + "/mcp": self = .resourceMetadata(name: nil)
        case "/mcp": self = .aggregate
        default:
            if path.hasPrefix(metadata + "/mcp/") {
                self = .resourceMetadata(name: String(path.dropFirst(metadata.utf8.count + 5)))
            } else {
                self = Self.proofIndex(path).map { .proof(index: $0) } ?? .unknown
            }
        }
    }

    /// Decimal, without leading zeros.
    private static func proofIndex(_ path: String) -> UInt64? {
        let prefix = "/audit/proof/"
        guard path.hasPrefix(prefix) else { return nil }
        let digits = path.dropFirst(prefix.utf8.count)
        guard let index = UInt64(digits), "\(index)" == digits else { return nil }
        return index
    }

    /// The bounded word that stands in records and metrics instead of the caller's text.
    package var label: String {
        switch self {
        case .mcp(let name): UpstreamID(name).map { "/mcp/\($0)" } ?? "/mcp/?"
        case .aggregate: "/mcp"
        case .resourceMetadata: "/.well-known/oauth-protected-resource"
        case .health: "/healthz"
        case .readiness: "/readyz"
        case .proof: "/audit/proof"
        case .unknown: "?"
        }
    }

    /// The upstream that the path names; nil on the aggregated route.
    var upstream: UpstreamID? {
        guard case .mcp(let name) = self else { return nil }
        return UpstreamID(name)
    }

    /// How names are spelled here.
    var naming: Naming { self == .aggregate ? .aggregated : .verbatim }

    /// The word that records carry when the upstream alone does not say which route it was.
    var recorded: String? { self == .aggregate ? label : nil }
}

/// The exact audience of each route: the URL an agent calls. A token is good for one of them.
package struct RouteAudiences: Sendable {
    package let aggregate: String
    package let upstreams: [UpstreamID: String]

    /// `url` is the public URL of the gateway.
    package init(url: String, upstreams: [UpstreamID]) {
        aggregate = url + "/mcp"
        self.upstreams = Dictionary(
            upstreams.map { ($0, "\(url)/mcp/\($0)") }, uniquingKeysWith: { first, _ in first })
    }

    /// Nil for every path that is no route of ours.
    package subscript(route: Route) -> String? {
        switch route {
        case .aggregate: aggregate
        case .mcp(let name): UpstreamID(name).flatMap { upstreams[$0] }
        case .resourceMetadata, .health, .readiness, .proof, .unknown: nil
        }
    }

    var all: Set<String> { Set(upstreams.values).union([aggregate]) }
}
