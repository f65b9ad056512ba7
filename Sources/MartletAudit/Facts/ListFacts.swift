package import MartletCore

/// What is recorded when a caller was shown a list.
package struct ListFacts: Sendable {
    package var principal: Principal
    package var upstream: UpstreamID
    /// The wire name of the method that asked.
    package var method: String
    package var shown: [CallSubject]
    /// How many items of the upstream the caller was not shown.
    package var hidden: Int
    package var context: CallContext

    package init(
        principal: Principal, upstream: UpstreamID, method: String = "tools/list", shown: [CallSubject], hidden: Int,
        context: CallContext
    ) {
        self.principal = principal
        self.upstream = upstream
        self.method = method
        self.shown = shown
        self.hidden = hidden
        self.context = context
    }
}
