import MartletCore
import MartletJSON

/// All grants of one target, and what they say together.
struct GrantSet: Sendable {
    enum Verdict: Sendable {
        case permitted(GrantID)
        case needsApproval(GrantID, ApprovalRule)
        case refused(DenialReason)
    }

    let grants: [Grant]

    init(_ grants: [Grant]) { self.grants = grants }

    /// A call is permitted when at least one live grant's constraints all hold.
    ///
    /// Approval is a forbid, not a property of the permit: as soon as one live grant of the target asks for it, every
    /// call of the target needs it, also one that a broader grant without approval would permit. Otherwise a second,
    /// careless grant would switch the first one's approval off. Source: docs/request-path.md; Cedar, "forbid wins".
    func verdict(on arguments: JSONValue?, now: UnixTime) -> Verdict {
        var winner: GrantID?
        var reason = DenialReason.noGrant
        var demand: ApprovalRule?
        for grant in grants {
            let refusal = now < grant.expires ? grant.refusal(of: arguments) : .grantExpired
            if now < grant.expires, let rule = grant.approval { demand = demand?.combined(with: rule) ?? rule }
            if let refusal {
                reason = DenialReason.moreSpecific(reason, refusal) ?? refusal
            } else if winner == nil {
                winner = grant.id
            }
        }
        guard let winner else { return .refused(reason) }
        return demand.map { .needsApproval(winner, $0) } ?? .permitted(winner)
    }
}

extension ApprovalRule {
    /// What satisfies both rules.
    func combined(with other: ApprovalRule) -> ApprovalRule {
        ApprovalRule(
            approvers: approvers.intersection(other.approvers), quorum: max(quorum, other.quorum),
            ttl: min(ttl, other.ttl))
    }
}
