package import MartletCore
package import MartletJSON

/// The stage that said no. Raw values are stored in records: never renamed or reused.
package enum DenialStage: String, Hashable, Sendable, CaseIterable {
    case listener
    case authentication = "authn"
    case `protocol` = "protocol"
    case grant
    case policy
    case arguments = "args"
    case approval
    case quota
    case drift
    /// The intent could not be recorded, so nothing was sent.
    case audit
}

/// What is recorded about a request that was not let through.
package struct DenialFacts: Sendable {
    package var call: CallID
    package var stage: DenialStage
    /// The wire code of the reason, e.g. `DenialReason.rawValue`.
    package var reason: String
    /// The JSON-RPC or HTTP method.
    package var method: String
    /// Nil before authentication.
    package var principal: Principal?
    package var upstream: UpstreamID?
    /// As the caller wrote it; it need not be a valid name.
    package var tool: String?
    /// What a validated call is about.
    package var subject: CallSubject?
    package var arguments: JSONValue?
    package var argumentDigest: Digest?
    package var bodyDigest: Digest?
    package var model: ModelAttribution
    package var grant: String?
    package var policyDigest: Digest?
    /// The approval that was opened or consulted.
    package var approval: String?
    /// Of a request about a task: the call that began it.
    package var taskOf: CallID?
    package var context: CallContext

    /// A denial of something that is not, or not yet, a tool call.
    package init(
        call: CallID, stage: DenialStage, reason: String, method: String, principal: Principal?,
        upstream: UpstreamID? = nil, tool: String? = nil, bodyDigest: Digest? = nil, context: CallContext
    ) {
        self.call = call
        self.stage = stage
        self.reason = reason
        self.method = method
        self.principal = principal
        self.upstream = upstream
        self.tool = tool
        self.bodyDigest = bodyDigest
        self.model = .unknown
        self.context = context
    }

    /// A denial of a validated call.
    package init(
        _ call: ToolCall, stage: DenialStage, reason: String, grant: String? = nil, policyDigest: Digest? = nil,
        approval: String? = nil, context: CallContext
    ) {
        self.init(
            call: call.id, stage: stage, reason: reason, method: call.method, principal: call.principal,
            upstream: call.upstream, tool: call.subject.tool?.rawValue, bodyDigest: call.bodyDigest, context: context)
        subject = call.subject
        arguments = call.decided
        taskOf = call.task?.task.call
        argumentDigest = call.argumentDigest
        model = call.model
        self.grant = grant
        self.policyDigest = policyDigest
        self.approval = approval
    }
}

extension DenialFacts {
    /// The word for the decision: a call that waits for a person is not the same as one that is refused.
    var decision: String {
        stage == .approval && reason == Self.approvalRequired ? "approval_required" : "deny"
    }

    /// The reason of a call that was answered with a ticket, together with the stage `approval`.
    package static let approvalRequired = "approval_required"
}
