import MartletCore

extension PolicyEngine {
    /// Decides about a request on a task: it is as much of the call that began the task as that call was.
    ///
    /// The very grant of that call must still live. Answers go to the tool, so a tool whose calls need approval needs it
    /// for them too; looking at a task that was approved needs none. Who began a task may always give it up: that takes
    /// nothing from anybody, and a grant that was withdrawn is the best reason for it. Source: ADR-0015.
    func decide(_ request: TaskRequest, _ call: ToolCall, approval: ApprovalFact?, now: UnixTime) -> Decision {
        guard let id = GrantID(request.task.grant) else { return .deny(.noGrant) }
        guard request.action != .cancel else { return .permit(authorize(call, by: id, approval: nil)) }
        guard let set = grants(for: call.subject, role: call.principal.role, upstream: call.upstream),
            set.grants.contains(where: { $0.id == id })
        else { return .deny(.noGrant) }
        guard set.grants.contains(where: { $0.id == id && now < $0.expires }) else { return .deny(.grantExpired) }
        guard request.action == .answer, let rule = set.approval(at: now) else {
            return .permit(authorize(call, by: id, approval: nil))
        }
        return decide(call, by: id, under: rule, approval: approval, now: now)
    }
}

extension GrantSet {
    /// What all live grants together ask of approvers; nil when none of them asks.
    fileprivate func approval(at now: UnixTime) -> ApprovalRule? {
        grants.reduce(nil) { demand, grant in
            guard now < grant.expires, let rule = grant.approval else { return demand }
            return demand?.combined(with: rule) ?? rule
        }
    }
}
