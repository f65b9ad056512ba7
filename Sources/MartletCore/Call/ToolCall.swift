package import MartletJSON

/// One validated call: who asks, for what of which upstream, with exactly which arguments.
///
/// Mostly a `tools/call`; reading a resource, getting a prompt and asking for completions are calls too, and take the
/// same path (ADR-0009). Made by the protocol stage from a strictly parsed body; the arguments are the tree that will be
/// forwarded. A reference: it is handed from proof to proof, and copying it would retain each of its fields.
package final class ToolCall: Sendable {
    package let id: CallID
    package let principal: Principal
    package let upstream: UpstreamID
    /// The wire name of the method that asks.
    package let method: String
    package let subject: CallSubject
    /// The `arguments` object, or nil when the caller sent none. Of a completion: what is to be completed.
    package let arguments: JSONValue?
    /// SHA-256 of the RFC 8785 bytes of `decided` (of `{}` when there is nothing). Approvals bind to this.
    package let argumentDigest: Digest
    /// SHA-256 of the request body as it was received.
    package let bodyDigest: Digest
    package let model: ModelAttribution
    package let received: UnixTime
    /// What the upstream may ask the agent in return, and what the agent answered.
    package let input: CallInput
    /// Of a request about a task: which one, and what is asked of it; the subject is that of the call that began it.
    package let task: TaskRequest?

    /// What was decided on as approvers and records see it: the arguments, in a later round with the answers.
    package var decided: JSONValue? { input.decided ?? arguments }

    /// Whether only the modern era has a place for it.
    package var isModernOnly: Bool { task != nil || input.isUnprompted }

    package init(
        id: CallID, principal: Principal, upstream: UpstreamID, method: String, subject: CallSubject,
        arguments: JSONValue?, argumentDigest: Digest, bodyDigest: Digest, model: ModelAttribution, received: UnixTime,
        input: CallInput = CallInput(), task: TaskRequest? = nil
    ) {
        self.id = id
        self.principal = principal
        self.upstream = upstream
        self.method = method
        self.subject = subject
        self.arguments = arguments
        self.argumentDigest = argumentDigest
        self.bodyDigest = bodyDigest
        self.model = model
        self.received = received
        self.input = input
        self.task = task
    }

    /// A call of a tool.
    package convenience init(
        id: CallID, principal: Principal, upstream: UpstreamID, tool: ToolName, arguments: JSONValue?,
        argumentDigest: Digest, bodyDigest: Digest, model: ModelAttribution, received: UnixTime
    ) {
        self.init(
            id: id, principal: principal, upstream: upstream, method: "tools/call", subject: .tool(tool),
            arguments: arguments, argumentDigest: argumentDigest, bodyDigest: bodyDigest, model: model,
            received: received)
    }
}
