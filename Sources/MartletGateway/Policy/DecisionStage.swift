import MartletApproval
import MartletCore
import MartletMCP
import MartletPolicy

/// Stages 4 and 5: the decision, and once more with the approval when one is needed and stands.
struct DecisionStage: Sendable {
    let authentication: Authentication
    let policy: PolicyEngine
    let approval: ApprovalStage
    let offers: ToolOffers
    let clock: any GatewayClock

    /// An approval widens nothing: the second decision must permit by itself. Whoever waited is asked anew whether it may
    /// still act.
    func decide(_ call: ToolCall, _ message: MCPRequest, _ exchange: Exchange) async -> CallDecision {
        var now = clock.now()
        var first = policy.decide(call, approval: nil, now: now)
        if case .deny(let reason) = first { return .deny(.policy(reason)) }
        // Only now: a caller without a grant must not learn from its headers that the tool exists.
        let offer: ToolOffer
        if let known = offers.known(call) {
            offer = known
        } else {
            offer = await offers.find(call)
            now = clock.now()
            first = policy.decide(call, approval: nil, now: now)
        }
        if case .absent = offer { return .deny(.notOffered) }
        do {
            try offer.definition?.parameterHeaders.check(message, arguments: call.arguments)
        } catch {
            return .deny(.headers(error))
        }
        switch first {
        case .permit(let proof): return lapse(call, exchange, now: now) ?? .permit(proof, offer)
        case .deny(let reason): return .deny(.policy(reason))
        case .approvalRequired(let requirement):
            let fact: ApprovalFact
            switch await approval.fact(for: requirement, call, policy: policy.digest, now: now) {
            case .success(let standing): fact = standing
            case .failure(let refusal): return .deny(refusal)
            }
            let then = clock.now()
            guard case .permit(let proof) = policy.decide(call, approval: fact, now: then) else {
                return .deny(.approvalNotAccepted)
            }
            if let refused = lapse(call, exchange, now: then) { return refused }
            return await approval.use(fact, requirement, for: call, now: then).map { .deny($0) }
                ?? .permit(proof, offer)
        }
    }

    private func lapse(_ call: ToolCall, _ exchange: Exchange, now: UnixTime) -> CallDecision? {
        authentication.lapse(of: call.principal, exchange, now: now).map { .deny(.lapsed($0)) }
    }
}

/// What stages 4 and 5 give together.
enum CallDecision: Sendable {
    case permit(AuthorizedCall, ToolOffer)
    case deny(CallRefusal)
}
