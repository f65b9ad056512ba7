/// An entity of a scope: given, or left to a link.
public enum EntityReference: Hashable, Sendable {
    /// This entity.
    case entity(EntityUID)
    /// `?principal` in the principal's scope, `?resource` in the resource's.
    case slot
}

/// What the scope demands of the principal or of the resource.
public enum ScopeConstraint: Hashable, Sendable {
    /// Nothing.
    case any
    /// `== e`
    case equal(EntityReference)
    /// `in e`
    case `in`(EntityReference)
    /// `is T`
    case isType(EntityType)
    /// `is T in e`
    case isTypeIn(EntityType, EntityReference)

    /// The entity of the constraint; nil when there is none.
    public var reference: EntityReference? {
        switch self {
        case .any, .isType: nil
        case .equal(let reference), .in(let reference), .isTypeIn(_, let reference): reference
        }
    }

    /// The constraint with its slot filled.
    func filled(with uid: EntityUID) -> ScopeConstraint {
        guard reference == .slot else { return self }
        return switch self {
        case .any, .isType: self
        case .equal: .equal(.entity(uid))
        case .in: .in(.entity(uid))
        case .isTypeIn(let type, _): .isTypeIn(type, .entity(uid))
        }
    }
}

/// What the scope demands of the action. Every entity has the type `Action`, in some namespace.
public enum ActionConstraint: Hashable, Sendable {
    /// Nothing.
    case any
    /// `== a`
    case equal(EntityUID)
    /// `in a`
    case `in`(EntityUID)
    /// `in [a, b]`
    case inAny([EntityUID])
}
