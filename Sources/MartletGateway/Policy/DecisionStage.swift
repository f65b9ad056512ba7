import MartletApproval
import MartletCore
import MartletMCP
import MartletPolicy

/// Stages 4 and 5: the decision, and once more with the approval when one is needed and stands.
struct DecisionStage: Sendable {
    let policy: PolicyEngine
    let approval: ApprovalStage
    let offers: ToolOffers
    let clock: any GatewayClock

    /// An approval widens nothing: the second decision must permit by itself.
    func decide(_ call: ToolCall, _ message: MCPRequest) async -> CallDecision {
        let now = clock.now()
        let first = policy.decide(call, approval: nil, now: now)
        if case .deny(let reason) = first { return .deny(.policy(reason)) }
        // Only now: a caller without a grant must not learn from its headers that the tool exists.
        let offer = await offers.find(call)
        if case .absent = offer { return .deny(.notOffered) }
        do {
            try offer.definition?.parameterHeaders.check(message, arguments: call.arguments)
        } catch {
            return .deny(.headers(error))
        }
        switch first {
        case .permit(let proof): return .permit(proof, offer)
        case .deny(let reason): return .deny(.policy(reason))
        case .approvalRequired(let requirement):
            let fact: ApprovalFact
            switch await approval.fact(for: requirement, call, policy: policy.digest, now: now) {
            case .success(let standing): fact = standing
            case .failure(let refusal): return .deny(refusal)
            }
            guard case .permit(let proof) = policy.decide(call, approval: fact, now: now) else {
                return .deny(.approvalNotAccepted)
            }
            return await approval.use(fact, requirement, for: call, now: now).map { .deny($0) } ?? .permit(proof, offer)
        }
    }
}

/// What stages 4 and 5 give together.
enum CallDecision: Sendable {
    case permit(AuthorizedCall, ToolOffer)
    case deny(CallRefusal)
}
