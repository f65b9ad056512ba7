extension PartialEvaluator {
    func conditional(
        _ expression: Expression, _ condition: Expression, _ then: Expression, _ otherwise: Expression
    ) -> PartialValue {
        switch evaluate(condition) {
        case .failure(let error): return .failure(error)
        case .known(let value):
            return choose(condition, value) { evaluate($0 ? then : otherwise) }
        case .residual(let condition):
            let branches = [then, otherwise].map { evaluate($0).expression(for: $0) }
            return .residual(Expression(.ifThenElse(condition, branches[0], branches[1]), at: expression.span))
        }
    }

    /// `a && false` is false only where `a` cannot fail.
    func and(_ expression: Expression, _ left: Expression, _ right: Expression) -> PartialValue {
        switch evaluate(left) {
        case .failure(let error): return .failure(error)
        case .known(let value):
            return choose(left, value) { $0 ? evaluate(right) : .known(.bool(false)) }
        case .residual(let first):
            let second = evaluate(right)
            if second == .known(.bool(true)) { return .residual(first) }
            if second == .known(.bool(false)), cannotFail(first) { return second }
            return .residual(Expression(.and(first, second.expression(for: right)), at: expression.span))
        }
    }

    /// `a || true` is true only where `a` cannot fail.
    func or(_ expression: Expression, _ left: Expression, _ right: Expression) -> PartialValue {
        switch evaluate(left) {
        case .failure(let error): return .failure(error)
        case .known(let value):
            return choose(left, value) { $0 ? .known(.bool(true)) : evaluate(right) }
        case .residual(let first):
            let second = evaluate(right)
            if second == .known(.bool(false)) { return .residual(first) }
            if second == .known(.bool(true)), cannotFail(first) { return second }
            return .residual(Expression(.or(first, second.expression(for: right)), at: expression.span))
        }
    }

    private func choose(_ operand: Expression, _ value: Value, _ body: (Bool) -> PartialValue) -> PartialValue {
        guard case .bool(let bool) = value else {
            return .failure(EvaluationError(.type(expected: [.bool], found: value.kind), at: operand.span))
        }
        return body(bool)
    }

    func isType(
        _ expression: Expression, _ operand: Expression, _ type: EntityType, _ container: Expression?
    ) -> PartialValue {
        let part = evaluate(operand)
        let found: EntityType?
        switch part {
        case .failure: return part
        case .known(.entity(let uid)): found = uid.type
        case .known: found = nil
        case .residual(let left): found = cannotFail(left) ? entityType(of: left) : nil
        }
        if let found, found != type { return .known(.bool(false)) }
        guard let container else {
            if found != nil { return .known(.bool(true)) }
            return .residual(Expression(.isType(part.expression(for: operand), type, in: nil), at: expression.span))
        }
        let inside = evaluate(container)
        let left = part.expression(for: operand)
        if found != nil { return isIn(expression, part, inside, left, inside.expression(for: container)) }
        return .residual(
            Expression(.isType(left, type, in: inside.expression(for: container)), at: expression.span))
    }
}
