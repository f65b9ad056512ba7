import MartletCedar
package import MartletCore

extension PolicyEngine {
    /// Decides about `call` at the moment `now`.
    ///
    /// The second decision about a call passes the approval as a fact; it is checked here again, whatever the store
    /// that kept it has checked. Anything that cannot be evaluated denies.
    package func decide(_ call: ToolCall, approval: ApprovalFact?, now: UnixTime) -> Decision {
        guard let question = book.question(call, approval, policy: digest, now: now) else { return .deny(.noGrant) }
        let answer = book.authorizer.response(to: question.request, entities: question.entities)
        guard let permit = answer.permits.first, let grant = grant(by: permit, call) else {
            return .deny(refusal(of: call, question, answer))
        }
        if let fault = question.fault { return .deny(fault) }
        guard answer.errors.isEmpty else { return .deny(.policyError) }
        let forbids = answer.forbids.compactMap { book[$0] }
        guard forbids.count == answer.forbids.count else { return .deny(.policyError) }
        if let reason = forbids.compactMap(\.handWrittenRefusal).max(by: { $0.specificity < $1.specificity }) {
            return .deny(reason)
        }
        if forbids.contains(where: \.isLimit) { return .deny(refusal(of: call, question, answer)) }
        guard let approval else {
            guard let rule = ApprovalRule.combining(forbids) else { return permitted(call, grant, nil, forbids) }
            return .approvalRequired(requirement(of: rule, for: call, grant: grant))
        }
        guard let reason = forbids.refusal(question) else {
            let isNeeded = needsApproval(call, now: now)
            return permitted(call, grant, isNeeded ? approval : nil, forbids)
        }
        return .deny(reason)
    }

    /// No forbid is left: whatever it was, it would not be known how to satisfy it.
    private func permitted(
        _ call: ToolCall, _ grant: GrantID, _ approval: ApprovalFact?, _ forbids: [CompiledPolicy]
    ) -> Decision {
        guard forbids.isEmpty else { return .deny(.policyForbids) }
        return .permit(AuthorizedCall(call: call, grant: grant, policyDigest: digest, approval: approval))
    }

    /// Whether the call would be denied without its approval.
    private func needsApproval(_ call: ToolCall, now: UnixTime) -> Bool {
        guard let question = book.question(call, nil, policy: digest, now: now) else { return true }
        return !book.authorizer.response(to: question.request, entities: question.entities).forbids.isEmpty
    }

    /// The grant, or hand-written policy, that a record names.
    private func grant(by permit: PolicyID, _ call: ToolCall) -> GrantID? {
        switch book[permit]?.origin {
        case .grant(let id): id
        case .task: call.task.flatMap { GrantID($0.task.grant) }
        case .handWritten: GrantID(permit.string)
        case .approval, .limits, .fourEyes, nil: nil
        }
    }

    private func requirement(of rule: ApprovalRule, for call: ToolCall, grant: GrantID) -> ApprovalRequirement {
        ApprovalRequirement(
            grant: grant,
            approvers: rule.approvers.filter { !call.principal.isRequester($0) }.sorted { $0.rawValue < $1.rawValue },
            quorum: rule.quorum, ttl: rule.ttl, bindingDigest: Digest(binding: call, to: digest))
    }
}

// Why a call is denied that nothing permits
extension PolicyEngine {
    /// The most specific reason that the conditions of the caller's own grants give.
    private func refusal(of call: ToolCall, _ question: Question, _ answer: Response) -> DenialReason {
        if call.task != nil { return BuiltInPolicies.refusal(question.request, question.entities) }
        if answer.errors.contains(where: { book[$0.policy]?.body.effect == .permit }) { return .policyError }
        var worst = DenialReason.noGrant
        for grant in grants(for: call.subject, role: call.principal.role, upstream: call.upstream) {
            let refusal = book[Text(grant.id.rawValue)]?.clauses.refusal(question.request, question.entities)
            worst = DenialReason.moreSpecific(worst, refusal) ?? worst
        }
        guard scopes.couldPermit(call.subject, to: call.principal, on: call.upstream) else { return worst }
        // What is shown to the caller is no unknown tool.
        return DenialReason.moreSpecific(worst, .policyUnmet) ?? worst
    }
}

extension CompiledPolicy {
    /// What a satisfied forbid of a file means to the caller: lists hide what one without conditions forbids.
    fileprivate var handWrittenRefusal: DenialReason? {
        switch origin {
        case .handWritten: body.conditions.isEmpty ? .policyHides : .policyForbids
        case .grant, .approval, .limits, .task, .fourEyes: nil
        }
    }

    fileprivate var isLimit: Bool {
        guard case .limits = origin else { return false }
        return true
    }

    /// Why an approval does not satisfy a forbid.
    fileprivate func refusal(_ question: Question) -> DenialReason? {
        switch origin {
        case .approval: clauses.firstRefusal(question.request, question.entities)
        case .fourEyes: .approvalByRequester
        case .grant, .limits, .task, .handWritten: .policyForbids
        }
    }
}

extension [CompiledPolicy] {
    /// Why an approval satisfies not all of these: of several reasons the one that is asked first.
    fileprivate func refusal(_ question: Question) -> DenialReason? {
        compactMap { $0.refusal(question) }.min { $0.specificity < $1.specificity }
    }
}

extension ApprovalRule {
    /// What satisfies all approvals that these ask for; nil when none of them asks.
    fileprivate static func combining(_ policies: [CompiledPolicy]) -> ApprovalRule? {
        policies.reduce(nil) { demand, policy in
            guard case .approval(let rule) = policy.origin else { return demand }
            return demand?.combined(with: rule) ?? rule
        }
    }

    private func combined(with other: ApprovalRule) -> ApprovalRule {
        ApprovalRule(
            approvers: approvers.intersection(other.approvers), quorum: max(quorum, other.quorum),
            ttl: min(ttl, other.ttl))
    }
}
