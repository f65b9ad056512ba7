package import MartletCore
import MartletPolicy

/// Which calls need not wait for their outcome: those of tools that the operator says only read, when the operator chose so.
///
/// Everything else waits: tools that write or are of high risk, tools of which nothing is said, resources and prompts, and every
/// call that rests on an approval. Source: docs/adr/0034.
package struct OutcomeOrders: Hashable, Sendable {
    private let reads: [UpstreamID: Set<ToolName>]

    /// Without reads every answer waits.
    package init(nextBatchFor reads: [UpstreamID: Set<ToolName>] = [:]) { self.reads = reads }

    func order(of authorized: AuthorizedCall) -> OutcomeOrder {
        guard !reads.isEmpty, authorized.approval == nil, let tool = authorized.call.subject.tool,
            reads[authorized.call.upstream]?.contains(tool) == true
        else { return .beforeReply }
        return .nextBatch
    }
}
