/// The two ways MCP frames a conversation: self-contained requests, or a session opened by `initialize`.
package enum ProtocolEra: String, Hashable, Sendable, CaseIterable {
    /// 2026-07-28: every request carries its version and capabilities in `_meta`.
    case modern
    /// 2025-03-26 to 2025-11-25: `initialize`, then requests with `Mcp-Session-Id`.
    case legacy
}

/// A revision of MCP that Martlet speaks; raw values are the wire form.
package enum ProtocolVersion: String, Hashable, Sendable, CaseIterable {
    case v2026_07_28 = "2026-07-28"
    case v2025_11_25 = "2025-11-25"
    case v2025_06_18 = "2025-06-18"
    case v2025_03_26 = "2025-03-26"

    package var era: ProtocolEra {
        switch self {
        case .v2026_07_28: .modern
        case .v2025_11_25, .v2025_06_18, .v2025_03_26: .legacy
        }
    }

    /// What `server/discover` and the data of -32022 list.
    package static let modern: [ProtocolVersion] = allCases.filter { $0.era == .modern }
    /// Answered to an `initialize` that names a version we do not speak. Source: MCP 2025-11-25, Lifecycle.
    package static let newestLegacy = ProtocolVersion.v2025_11_25
    /// Assumed for a session request without the version header. Source: MCP 2025-11-25, Transports.
    package static let assumedLegacy = ProtocolVersion.v2025_03_26
}
