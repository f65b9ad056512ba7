package import MartletCore

/// Which argument of each tool is the amount, the currency, the vendor: said once per tool, by the operator.
package struct ToolBindings: Sendable {
    package typealias Names = [String: ArgumentPath]
    private let tools: [UpstreamID: [ToolName: Names]]

    package init(_ tools: [UpstreamID: [ToolName: Names]]) { self.tools = tools }

    package func path(of binding: String, upstream: UpstreamID, tool: ToolName) -> ArgumentPath? {
        tools[upstream]?[tool]?[binding]
    }

    /// All bindings of one tool.
    func names(of tool: ToolName, on upstream: UpstreamID) -> Names { tools[upstream]?[tool] ?? [:] }

    /// The tools the operator named for each upstream.
    package var offers: [UpstreamID: Set<ToolName>] { tools.mapValues { Set($0.keys) } }
}
