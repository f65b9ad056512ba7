extension PartialEvaluator {
    func binary(
        _ expression: Expression, _ symbol: BinaryOperator, _ left: Expression, _ right: Expression
    ) -> PartialValue {
        switch symbol {
        case .in:
            let (first, second) = (evaluate(left), evaluate(right))
            return isIn(expression, first, second, first.expression(for: left), second.expression(for: right))
        case .getTag, .hasTag: return tag(expression, symbol, left, right)
        case .equal, .notEqual:
            let found = combined(expression, [left, right]) {
                .binary(symbol, $0[0], $0[1])
            } known: {
                (values) throws(EvaluationError.Kind) in
                try operators.result(of: symbol, values[0], values[1])
            }
            guard case .residual(let open) = found, cannotFail(open), areDisjoint(open.node.children) else {
                return found
            }
            return .known(.bool(symbol == .notEqual))
        default:
            return combined(expression, [left, right]) {
                .binary(symbol, $0[0], $0[1])
            } known: {
                (values) throws(EvaluationError.Kind) in
                try operators.result(of: symbol, values[0], values[1])
            }
        }
    }

    /// Whether they are entities of different types.
    private func areDisjoint(_ operands: [Expression]) -> Bool {
        guard let left = operands.first.flatMap(entityType), let right = operands.last.flatMap(entityType) else {
            return false
        }
        return left != right
    }

    private func tag(
        _ expression: Expression, _ symbol: BinaryOperator, _ left: Expression, _ right: Expression
    ) -> PartialValue {
        let (target, key) = (evaluate(left), evaluate(right))
        if case .failure = target { return target }
        if case .known = target, case .failure = key { return key }
        guard case .known(.entity(let uid)) = target, case .known(.string(let name)) = key,
            let tags = entities[uid]?.tags
        else {
            let open = Expression.Node.binary(symbol, target.expression(for: left), key.expression(for: right))
            return .residual(Expression(open, at: expression.span))
        }
        return located(expression) { () throws(EvaluationError.Kind) in
            guard symbol == .getTag else { return .bool(tags[name] != nil) }
            guard let value = tags[name] else { throw .noSuchTag(uid, name) }
            return value
        }
    }
}
