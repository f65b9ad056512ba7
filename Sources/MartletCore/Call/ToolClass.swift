/// What a call of a tool may do, as the operator says it (`upstreams[].tools.<tool>.class`).
///
/// Nothing is taken from the upstream's own annotations: MCP calls them hints of a server that is not trusted. A tool of
/// which the operator says nothing is treated like one that writes. Source: MCP 2026-07-28, Tools, "annotations".
package enum ToolClass: String, Hashable, Sendable, CaseIterable {
    /// Changes nothing that anybody relies on.
    case read
    case write
    /// Moves money, gives access away, or cannot be undone.
    case highRisk = "high_risk"
}
