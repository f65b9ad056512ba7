/// A policy or a template as written, without an id. Equal when the trees are, wherever they stand.
public struct PolicyBody: Sendable {
    /// The effect.
    public var effect: Effect
    /// The annotations in the order of the text; their names differ.
    public var annotations: [Annotation]
    /// The scope of the principal.
    public var principal: ScopeConstraint
    /// The scope of the action.
    public var action: ActionConstraint
    /// The scope of the resource.
    public var resource: ScopeConstraint
    /// The conditions in the order of the text.
    public var conditions: [Condition]
    /// Where it stands.
    public var span: SourceSpan

    /// Creates a policy.
    public init(
        _ effect: Effect, annotations: [Annotation] = [], principal: ScopeConstraint = .any,
        action: ActionConstraint = .any, resource: ScopeConstraint = .any, conditions: [Condition] = [],
        span: SourceSpan = .none
    ) {
        self.effect = effect
        self.annotations = annotations
        self.principal = principal
        self.action = action
        self.resource = resource
        self.conditions = conditions
        self.span = span
    }

    /// The slots of the scope; a policy with slots is a template.
    public var slots: [Slot] {
        (principal.reference == .slot ? [.principal] : []) + (resource.reference == .slot ? [.resource] : [])
    }

    /// Whether a link has to fill slots.
    public var isTemplate: Bool { principal.reference == .slot || resource.reference == .slot }

    /// The value of an annotation; empty when written without one, nil when it is not there.
    public func annotation(_ name: Text) -> Text? {
        annotations.first { $0.name == name }.map { $0.value ?? Text(utf8: []) }
    }
}

extension PolicyBody: Hashable {
    /// Equal but for the places.
    public static func == (left: PolicyBody, right: PolicyBody) -> Bool {
        left.effect == right.effect && left.annotations == right.annotations && left.principal == right.principal
            && left.action == right.action && left.resource == right.resource && left.conditions == right.conditions
    }

    /// Hashes what `==` compares, but the annotations.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(effect)
        hasher.combine(principal)
        hasher.combine(action)
        hasher.combine(resource)
        hasher.combine(conditions)
    }
}
