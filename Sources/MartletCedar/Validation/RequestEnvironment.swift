/// The types of one kind of request: a principal type, an action and a resource type that go together.
struct RequestEnvironment: Hashable, Sendable {
    /// The type of the principal.
    let principal: EntityType
    /// The action.
    let action: EntityUID
    /// The type of the resource.
    let resource: EntityType
    /// The type of the context.
    let context: RecordType
    /// The type of what fills `?principal`; nil in policies without it.
    var principalSlot: EntityType?
    /// The type of what fills `?resource`; nil in policies without it.
    var resourceSlot: EntityType?
}

extension Schema {
    /// The environments of `environment` with slots: one for each type that can fill them.
    func linked(_ environment: RequestEnvironment, for policy: PolicyBody) -> [RequestEnvironment] {
        slotTypes(policy.principal, environment.principal).flatMap { principal in
            slotTypes(policy.resource, environment.resource).map { resource in
                var linked = environment
                linked.principalSlot = principal
                linked.resourceSlot = resource
                return linked
            }
        }
    }

    /// The types that the slot of `constraint` can have when the variable has the type `type`; nil without a slot.
    private func slotTypes(_ constraint: ScopeConstraint, _ type: EntityType) -> [EntityType?] {
        guard constraint.reference == .slot else { return [nil] }
        switch constraint {
        case .any, .isType: return [nil]
        case .equal: return [type]
        case .in, .isTypeIn:
            let ancestors = entityTypes[type]?.ancestors ?? []
            return ancestors.subtracting([type]).sorted() + [type]
        }
    }
}
