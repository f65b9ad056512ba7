extension Typechecker {
    /// A condition that is certain leaves one branch; the other one is not looked at.
    func checkConditional(
        _ expression: CoreExpression, _ condition: CoreExpression, _ then: CoreExpression,
        _ otherwise: CoreExpression, _ prior: Set<Capability>
    ) -> TypeAnswer {
        let test = expect(condition, [.bool], prior)
        switch test.type {
        case .boolean(.true):
            let then = check(then, prior.union(test.capabilities))
            let typed = TypedExpression(expression, then.type, [test.expression, then.expression, then.expression])
            return TypeAnswer.success(typed, then.capabilities.union(test.capabilities)).after(test, then)
        case .boolean(.false):
            let otherwise = check(otherwise, prior)
            let typed = TypedExpression(
                expression, otherwise.type, [test.expression, otherwise.expression, otherwise.expression])
            return TypeAnswer.success(typed, otherwise.capabilities).after(test, otherwise)
        default: return checkBranches(expression, test, then, otherwise, prior)
        }
    }

    private func checkBranches(
        _ expression: CoreExpression, _ test: TypeAnswer, _ then: CoreExpression, _ otherwise: CoreExpression,
        _ prior: Set<Capability>
    ) -> TypeAnswer {
        let then = check(then, prior.union(test.capabilities))
        let otherwise = check(otherwise, prior)
        let type = bound([then.type, otherwise.type], .conditional, at: expression)
        let typed = TypedExpression(expression, type, [test.expression, then.expression, otherwise.expression])
        guard type != nil else { return .failure(typed) }
        let capabilities =
            otherwise.isSuccess && then.isSuccess
            ? otherwise.capabilities.intersection(then.capabilities.union(test.capabilities)) : []
        return TypeAnswer.success(typed, capabilities).after(test, then, otherwise)
    }

    /// What is after a `false` is not looked at.
    func checkAnd(
        _ expression: CoreExpression, _ left: CoreExpression, _ right: CoreExpression, _ prior: Set<Capability>
    ) -> TypeAnswer {
        let left = expect(left, [.bool], prior)
        if left.type == .boolean(.false) { return TypeAnswer.success(left.expression).after(left) }
        let right = expect(right, [.bool], prior.union(left.capabilities))
        let (type, capabilities) = conjunction(left, right)
        let typed = TypedExpression(expression, type, [left.expression, right.expression])
        guard left.type != nil, right.type != nil else { return .failure(typed) }
        return TypeAnswer.success(typed, capabilities).after(left, right)
    }

    private func conjunction(_ left: TypeAnswer, _ right: TypeAnswer) -> (CedarType, Set<Capability>) {
        switch (left.type, right.type) {
        case (.some, .boolean(.false)): (.boolean(.false), [])
        case (.some(let type), .boolean(.true)): (type, left.capabilities.union(right.capabilities))
        // The reference forgets what the left side says here, and accepts the same policies by that.
        case (.boolean(.true), .some(let type)): (type, right.capabilities)
        default: (.bool, left.capabilities.union(right.capabilities))
        }
    }

    /// What is after a `true` is not looked at.
    func checkOr(
        _ expression: CoreExpression, _ left: CoreExpression, _ right: CoreExpression, _ prior: Set<Capability>
    ) -> TypeAnswer {
        let left = expect(left, [.bool], prior)
        if left.type == .boolean(.true) {
            return TypeAnswer.success(left.expression, left.capabilities).after(left)
        }
        let right = expect(right, [.bool], prior)
        let (type, capabilities) = disjunction(left, right)
        let typed = TypedExpression(expression, type, [left.expression, right.expression])
        guard left.type != nil, right.type != nil else { return .failure(typed) }
        return TypeAnswer.success(typed, capabilities).after(left, right)
    }

    private func disjunction(_ left: TypeAnswer, _ right: TypeAnswer) -> (CedarType, Set<Capability>) {
        switch (left.type, right.type) {
        case (.some, .boolean(.true)): (.boolean(.true), right.capabilities)
        case (.some(let type), .boolean(.false)): (type, left.capabilities)
        case (.boolean(.false), .some(let type)): (type, right.capabilities)
        default: (.bool, left.capabilities.intersection(right.capabilities))
        }
    }

    func checkUnary(
        _ expression: CoreExpression, _ symbol: UnaryOperator, _ operand: CoreExpression, _ prior: Set<Capability>
    ) -> TypeAnswer {
        switch symbol {
        case .not: return checkNot(expression, operand, prior)
        case .negate:
            let operand = expect(operand, [.long], prior)
            return .success(TypedExpression(expression, .long, [operand.expression])).after(operand)
        case .isEmpty:
            let operand = expect(operand, [.set(nil)], prior)
            return .success(TypedExpression(expression, .bool, [operand.expression])).after(operand)
        }
    }

    private func checkNot(
        _ expression: CoreExpression, _ operand: CoreExpression, _ prior: Set<Capability>
    ) -> TypeAnswer {
        let operand = expect(operand, [.bool], prior)
        let type: CedarType =
            switch operand.type {
            case .boolean(.true): .boolean(.false)
            case .boolean(.false): .boolean(.true)
            default: .bool
            }
        return .success(TypedExpression(expression, type, [operand.expression])).after(operand)
    }
}
