extension Typechecker {
    func checkBinary(
        _ expression: CoreExpression, _ symbol: BinaryOperator, _ left: CoreExpression, _ right: CoreExpression,
        _ prior: Set<Capability>
    ) -> TypeAnswer {
        switch symbol {
        case .equal, .notEqual: return checkEqual(expression, left, right, prior)
        case .less, .lessOrEqual, .greater, .greaterOrEqual: return checkOrder(expression, left, right, prior)
        case .add, .subtract, .multiply:
            let left = expect(left, [.long], prior)
            let right = expect(right, [.long], prior)
            return .success(TypedExpression(expression, .long, [left.expression, right.expression])).after(left, right)
        case .in: return checkIn(expression, left, right, prior)
        case .contains: return checkContains(expression, left, right, prior)
        case .containsAll, .containsAny:
            let left = expect(left, [.set(nil)], prior)
            let right = expect(right, [.set(nil)], prior)
            let typed = TypedExpression(expression, .bool, [left.expression, right.expression])
            return related(typed, left.type, right.type, .containsAnyOrAll).after(left, right)
        case .hasTag: return checkHasTag(expression, left, right, prior)
        case .getTag: return checkGetTag(expression, left, right, prior)
        }
    }

    private func checkEqual(
        _ expression: CoreExpression, _ left: CoreExpression, _ right: CoreExpression, _ prior: Set<Capability>
    ) -> TypeAnswer {
        let leftAnswer = check(left, prior)
        let rightAnswer = check(right, prior)
        var type = CedarType.bool
        if let leftType = leftAnswer.type, let rightType = rightAnswer.type, leftType.isDisjoint(from: rightType) {
            type = .boolean(.false)
        } else if let leftLiteral = literal(left), let rightLiteral = literal(right) {
            type = .boolean(leftLiteral == rightLiteral ? .true : .false)
        }
        let typed = TypedExpression(expression, type, [leftAnswer.expression, rightAnswer.expression])
        return related(typed, leftAnswer.type, rightAnswer.type, .equality).after(leftAnswer, rightAnswer)
    }

    /// Strict mode: what is compared has to have a type in common, unless the answer is certain.
    private func related(
        _ typed: TypedExpression, _ left: CedarType?, _ right: CedarType?, _ combination: ValidationError.Combination
    ) -> TypeAnswer {
        guard mode == .strict, typed.type == .bool, let left, let right else { return .success(typed) }
        spend(left.size + right.size)
        guard left.leastUpperBound(right, .strict) == nil else { return .success(typed) }
        report(.incompatibleTypes([left, right], combination), at: typed.core)
        return .failure(typed)
    }

    private func checkContains(
        _ expression: CoreExpression, _ left: CoreExpression, _ right: CoreExpression, _ prior: Set<Capability>
    ) -> TypeAnswer {
        let left = expect(left, [.set(nil)], prior)
        let right = check(right, prior)
        var element: CedarType?
        if case .set(let type) = left.type { element = type }
        let typed = TypedExpression(expression, .bool, [left.expression, right.expression])
        return related(typed, element, right.type, .contains).after(left, right)
    }

    /// `<` and `<=` compare two numbers, two points in time or two lengths of time.
    private func checkOrder(
        _ expression: CoreExpression, _ left: CoreExpression, _ right: CoreExpression, _ prior: Set<Capability>
    ) -> TypeAnswer {
        let leftAnswer = check(left, prior)
        let rightAnswer = check(right, prior)
        let typed = TypedExpression(expression, .bool, [leftAnswer.expression, rightAnswer.expression])
        guard let leftType = leftAnswer.type, let rightType = rightAnswer.type else { return .failure(typed) }
        if leftType == rightType, isOrdered(leftType) {
            return TypeAnswer.success(typed).after(leftAnswer, rightAnswer)
        }
        if isOrdered(leftType), rightType != .long {
            report(.unexpectedType(expected: [leftType], found: rightType), at: right)
        } else if isOrdered(rightType) {
            report(.unexpectedType(expected: [rightType], found: leftType), at: left)
        } else {
            let ordered: [CedarType] = [.long, .extension(.datetime), .extension(.duration)]
            report(.unexpectedType(expected: ordered, found: leftType), at: left)
            report(.unexpectedType(expected: ordered, found: rightType), at: right)
        }
        return .failure(typed)
    }

    private func isOrdered(_ type: CedarType) -> Bool {
        switch type {
        case .long: true
        case .extension(let type): type.isOrdered
        default: false
        }
    }

    /// What can never be `in` is `false`, which decides about everything behind it.
    private func checkIn(
        _ expression: CoreExpression, _ left: CoreExpression, _ right: CoreExpression, _ prior: Set<Capability>
    ) -> TypeAnswer {
        let leftAnswer = expect(left, [.anyEntity], prior)
        let rightAnswer = expect(right, [.set(.anyEntity), .anyEntity], prior)
        let children = [leftAnswer.expression, rightAnswer.expression]
        guard leftAnswer.isSuccess, rightAnswer.isSuccess else {
            return .failure(TypedExpression(expression, .bool, children))
        }
        if let action = entity(left), action.type.isAction, let containers = entities(right) {
            return checkIn(expression, action, containers, children)
        }
        let isPossible = canBeIn(leftAnswer.type, rightAnswer.type)
        return .success(TypedExpression(expression, isPossible ? .bool : .boolean(.false), children))
    }

    /// The schema knows which groups an action is in; it is in no other entities.
    private func checkIn(
        _ expression: CoreExpression, _ action: EntityUID, _ containers: [EntityUID], _ children: [TypedExpression]
    ) -> TypeAnswer {
        let isIn = containers.contains { $0 == action || schema.actions[$0]?.descendants.contains(action) ?? false }
        return .success(TypedExpression(expression, .boolean(isIn ? .true : .false), children))
    }

    /// The entities that stand here, one or a set of them; nil when anything else is among them.
    private func entities(_ expression: CoreExpression) -> [EntityUID]? {
        if let entity = entity(expression) { return [entity] }
        guard case .set(let elements) = expression.node else { return nil }
        let entities = elements.compactMap { entity($0) }
        return entities.count == elements.count ? entities : nil
    }

    private func canBeIn(_ left: CedarType?, _ right: CedarType?) -> Bool {
        var container = right
        if case .set(let element) = right { container = element }
        guard case .entity(.of(let members)) = left, case .entity(.of(let containers)) = container else { return true }
        return members.contains { member in containers.contains { schema.canBeIn(member, $0) } }
    }
}
