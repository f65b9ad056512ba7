package import MartletCore

/// What policy says about one call. Nothing but `permit` carries the proof that dispatch needs.
package enum Decision: Sendable {
    case permit(AuthorizedCall)
    case deny(DenialReason)
    /// A grant permits the call once the named people have approved exactly this call.
    case approvalRequired(ApprovalRequirement)
}

/// The proof of stage 4: policy permitted exactly this call. Only `PolicyEngine.decide` makes one.
package struct AuthorizedCall: Sendable {
    package let call: ToolCall
    /// The grant that permits it.
    package let grant: GrantID
    /// The policy that was in force.
    package let policyDigest: Digest
    /// The approval the permit rests on; nil when none was required.
    package let approval: ApprovalFact?

    init(call: ToolCall, grant: GrantID, policyDigest: Digest, approval: ApprovalFact?) {
        self.call = call
        self.grant = grant
        self.policyDigest = policyDigest
        self.approval = approval
    }
}
