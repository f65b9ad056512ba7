package import MartletCore

/// What is recorded when a caller was shown a list of tools.
package struct ListFacts: Sendable {
    package var principal: Principal
    package var upstream: UpstreamID
    package var shown: [ToolName]
    /// How many tools of the upstream the caller was not shown.
    package var hidden: Int
    package var context: CallContext

    package init(
        principal: Principal, upstream: UpstreamID, shown: [ToolName], hidden: Int, context: CallContext
    ) {
        self.principal = principal
        self.upstream = upstream
        self.shown = shown
        self.hidden = hidden
        self.context = context
    }
}
