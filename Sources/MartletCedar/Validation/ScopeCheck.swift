/// Whether some request that the schema allows satisfies the scope of a policy, by the types alone.
/// Source: cedar-policy 4.12, `rbac.rs`, `validate_action_application`.
struct ScopeCheck {
    private let schema: Schema
    private let policy: PolicyBody
    /// The actions that satisfy the scope.
    let actions: [Schema.ActionDefinition]

    init(_ schema: Schema, _ policy: PolicyBody) {
        self.schema = schema
        self.policy = policy
        actions = Self.actions(schema, policy.action)
    }

    /// Nil when there is such a request.
    var error: ValidationError.Kind? {
        let principals = types(policy.principal)
        let resources = types(policy.resource)
        let applies = actions.contains { action in
            action.principals.contains(where: principals) && action.resources.contains(where: resources)
        }
        guard !applies else { return nil }
        return .scopeNeverApplies(
            principalNeedsIn: needsIn(policy.principal, \.principals),
            resourceNeedsIn: needsIn(policy.resource, \.resources))
    }

    /// An action that is not declared makes a list of actions match nothing.
    private static func actions(_ schema: Schema, _ constraint: ActionConstraint) -> [Schema.ActionDefinition] {
        switch constraint {
        case .any: return schema.sortedActions
        case .equal(let uid): return schema.actions[uid].map { [$0] } ?? []
        case .in, .inAny:
            let groups = constraint.entities.compactMap { schema.actions[$0] }
            guard groups.count == constraint.entities.count else { return [] }
            let members = groups.reduce(into: Set<EntityUID>()) { $0.formUnion($1.descendants.union([$1.uid])) }
            return schema.sortedActions.filter { members.contains($0.uid) }
        }
    }

    /// Which types satisfy a constraint.
    private func types(_ constraint: ScopeConstraint) -> (EntityType) -> Bool {
        switch constraint {
        case .any, .equal(.slot), .in(.slot): { schema.entityTypes[$0] != nil }
        case .equal(.entity(let uid)): { $0 == uid.type }
        case .in(.entity(let uid)): { isIn($0, uid.type) }
        case .isType(let type), .isTypeIn(let type, .slot): { $0 == type && schema.entityTypes[type] != nil }
        case .isTypeIn(let type, .entity(let uid)): { $0 == type && isIn($0, uid.type) }
        }
    }

    private func isIn(_ type: EntityType, _ container: EntityType) -> Bool {
        type == container || schema.entityTypes[container]?.descendants.contains(type) ?? false
    }

    /// Whether `in` would match where `==` does not.
    private func needsIn(_ constraint: ScopeConstraint, _ types: (Schema.ActionDefinition) -> [EntityType]) -> Bool {
        guard case .equal(.entity(let uid)) = constraint, let definition = schema.entityTypes[uid.type] else {
            return false
        }
        let possible = actions.flatMap(types)
        return !possible.contains(uid.type) && possible.contains(where: definition.descendants.contains)
    }
}
