package import MartletJSON

/// One validated `tools/call`: who asks, which tool of which upstream, with exactly which arguments.
///
/// Made by the protocol stage from a strictly parsed body; the arguments are the tree that will be forwarded.
package struct ToolCall: Sendable {
    package let id: CallID
    package let principal: Principal
    package let upstream: UpstreamID
    package let tool: ToolName
    /// The `arguments` object, or nil when the caller sent none.
    package let arguments: JSONValue?
    /// SHA-256 of the RFC 8785 bytes of `arguments` (of `{}` when there are none). Approvals bind to this.
    package let argumentDigest: Digest
    /// SHA-256 of the request body as it was received.
    package let bodyDigest: Digest
    package let model: ModelAttribution
    package let received: UnixTime

    package init(
        id: CallID, principal: Principal, upstream: UpstreamID, tool: ToolName, arguments: JSONValue?,
        argumentDigest: Digest, bodyDigest: Digest, model: ModelAttribution, received: UnixTime
    ) {
        self.id = id
        self.principal = principal
        self.upstream = upstream
        self.tool = tool
        self.arguments = arguments
        self.argumentDigest = argumentDigest
        self.bodyDigest = bodyDigest
        self.model = model
        self.received = received
    }
}
