extension PartialEvaluator {
    func principal(_ constraint: ScopeConstraint, at span: SourceSpan) -> PartialValue {
        scope(constraint, .principal, span)
    }

    func resource(_ constraint: ScopeConstraint, at span: SourceSpan) -> PartialValue {
        scope(constraint, .resource, span)
    }

    /// The schema knows what the action is in.
    func action(_ constraint: ActionConstraint) -> PartialValue {
        switch constraint {
        case .any: .known(.bool(true))
        case .equal(let uid): .known(.bool(uid == request.action))
        case .in(let container): .known(.bool(isIn(request.action, container) ?? false))
        case .inAny(let containers): .known(.bool(containers.contains { isIn(request.action, $0) ?? false }))
        }
    }

    private func scope(_ constraint: ScopeConstraint, _ variable: Variable, _ span: SourceSpan) -> PartialValue {
        guard let question = constraint.question(about: Expression(.variable(variable), at: span)) else {
            return .known(.bool(constraint == .any))
        }
        return evaluate(question)
    }
}

extension ScopeConstraint {
    /// The constraint as an expression; nil where there is nothing to ask.
    fileprivate func question(about variable: Expression) -> Expression? {
        func literal(_ uid: EntityUID) -> Expression { Expression(.literal(.entity(uid)), at: variable.span) }
        let node: Expression.Node? =
            switch self {
            case .any, .equal(.slot), .in(.slot), .isTypeIn(_, .slot): nil
            case .equal(.entity(let uid)): .binary(.equal, variable, literal(uid))
            case .in(.entity(let uid)): .binary(.in, variable, literal(uid))
            case .isType(let type): .isType(variable, type, in: nil)
            case .isTypeIn(let type, .entity(let uid)): .isType(variable, type, in: literal(uid))
            }
        return node.map { Expression($0, at: variable.span) }
    }
}
