/// A policy prepared for evaluation.
struct PreparedPolicy: Sendable {
    let effect: Effect
    let principal: ScopeConstraint
    let action: ActionConstraint
    let resource: ScopeConstraint
    private let conditions: [(isWhen: Bool, program: Program)]

    init(_ policy: Policy) {
        effect = policy.body.effect
        principal = policy.body.principal
        action = policy.body.action
        resource = policy.body.resource
        conditions = policy.body.conditions.map { ($0.kind == .when, Program($0.body)) }
    }

    /// Whether the scope and all conditions hold; they are asked in this order, up to the first that does not.
    func isSatisfied(_ evaluator: Evaluator) throws(EvaluationError) -> Bool {
        let request = evaluator.request
        let entities = evaluator.entities
        guard principal.admits(request.principal, entities), action.admits(request.action, entities),
            resource.admits(request.resource, entities)
        else { return false }
        for condition in conditions {
            let holds = try evaluator.bool(condition.program.root, condition.program)
            guard holds == condition.isWhen else { return false }
        }
        return true
    }
}

extension ScopeConstraint {
    /// Whether a request about `uid` passes.
    package func admits(_ uid: EntityUID, _ entities: EntityStore) -> Bool {
        switch self {
        case .any: true
        case .equal(.entity(let wanted)): uid == wanted
        case .in(.entity(let container)): entities.isIn(uid, container)
        case .isType(let type): uid.type == type
        case .isTypeIn(let type, .entity(let container)): uid.type == type && entities.isIn(uid, container)
        // An open slot admits nothing; templates are not evaluated.
        case .equal(.slot), .in(.slot), .isTypeIn(_, .slot): false
        }
    }
}

extension ActionConstraint {
    /// Whether a request for the action `uid` passes.
    package func admits(_ uid: EntityUID, _ entities: EntityStore) -> Bool {
        switch self {
        case .any: true
        case .equal(let wanted): uid == wanted
        case .in(let container): entities.isIn(uid, container)
        case .inAny(let containers): containers.contains { entities.isIn(uid, $0) }
        }
    }
}
