package import MartletCore

/// What is recorded when a caller was shown a list.
package struct ListFacts: Sendable {
    package var principal: Principal
    /// Nil on the aggregated route.
    package var upstream: UpstreamID?
    /// The wire name of the method that asked.
    package var method: String
    /// Names and URIs as the caller was shown them.
    package var shown: [String]
    /// How many items of the upstreams that were asked the caller was not shown.
    package var hidden: Int
    /// The upstreams of the aggregated route that are missing from the list.
    package var degraded: [DegradedUpstream] = []
    package var context: CallContext

    package init(
        principal: Principal, upstream: UpstreamID, method: String = "tools/list", shown: [CallSubject], hidden: Int,
        context: CallContext
    ) {
        self.principal = principal
        self.upstream = upstream
        self.method = method
        self.shown = shown.map(\.text)
        self.hidden = hidden
        self.context = context
    }

    /// A list of the aggregated route.
    package init(
        principal: Principal, method: String, shown: [String], hidden: Int, degraded: [DegradedUpstream],
        context: CallContext
    ) {
        self.principal = principal
        self.method = method
        self.shown = shown
        self.hidden = hidden
        self.degraded = degraded
        self.context = context
    }
}
