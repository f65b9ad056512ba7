/// Which model selected the tool, and how we know.
///
/// Never inferred. In this release a model is at most `asserted`: nothing in a `tools/call` of MCP 2026-07-28 names it
/// in a verified way. Source: docs/request-path.md, "Model provenance".
package struct ModelAttribution: Hashable, Sendable {
    /// Levels of assurance, weakest first. Raw values are stored in records: never renamed.
    package enum Assurance: String, Hashable, Sendable, CaseIterable {
        case unknown
        case asserted
        case registered
        case observed
        case attested
    }

    package let assurance: Assurance
    package let name: String?
    /// Where the name was read, e.g. `_meta["io.modelcontextprotocol/aiInvocation"].model.name`.
    package let source: String?

    package init(assurance: Assurance, name: String?, source: String?) {
        self.assurance = assurance
        self.name = name
        self.source = source
    }
    package static let unknown = ModelAttribution(assurance: .unknown, name: nil, source: nil)
}
