/// The entities and entity types that a policy mentions, with their places. Source: cedar-policy 4.12, `rbac.rs`.
struct PolicyNames {
    private(set) var entities: [(uid: EntityUID, span: SourceSpan)] = []
    private(set) var types: [(type: EntityType, span: SourceSpan)] = []

    init(_ policy: PolicyBody) {
        add(policy.principal, at: policy.span)
        for uid in policy.action.entities { add(uid, at: policy.span) }
        add(policy.resource, at: policy.span)
        for condition in policy.conditions { add(condition.body) }
    }

    /// What of it the schema does not have.
    func errors(_ schema: Schema, policy: PolicyID) -> [ValidationError] {
        let unknownTypes = types.filter { !$0.type.isAction && schema.entityTypes[$0.type] == nil }.map {
            ValidationError(policy: policy, kind: .unknownEntityType($0.type), span: $0.span)
        }
        let unknownEntities = entities.compactMap { entity -> ValidationError? in
            if entity.uid.type.isAction {
                guard schema.actions[entity.uid] == nil else { return nil }
                return ValidationError(policy: policy, kind: .unknownAction(entity.uid), span: entity.span)
            }
            guard let ids = schema.entityTypes[entity.uid.type]?.ids, !ids.contains(entity.uid.id) else { return nil }
            return ValidationError(policy: policy, kind: .unknownEnumeratedEntity(entity.uid), span: entity.span)
        }
        return unknownTypes + unknownEntities
    }

    private mutating func add(_ constraint: ScopeConstraint, at span: SourceSpan) {
        switch constraint {
        case .isType(let type), .isTypeIn(let type, _): types.append((type, span))
        case .any, .equal, .in: break
        }
        if case .entity(let uid) = constraint.reference { add(uid, at: span) }
    }

    private mutating func add(_ uid: EntityUID, at span: SourceSpan) {
        entities.append((uid, span))
        types.append((uid.type, span))
    }

    private mutating func add(_ expression: Expression) {
        switch expression.node {
        case .literal(.entity(let uid)): add(uid, at: expression.span)
        case .isType(_, let type, in: _): types.append((type, expression.span))
        default: break
        }
        for child in expression.node.children { add(child) }
    }
}

extension ActionConstraint {
    /// The entities it names.
    var entities: [EntityUID] {
        switch self {
        case .any: []
        case .equal(let uid), .in(let uid): [uid]
        case .inAny(let uids): uids
        }
    }
}
