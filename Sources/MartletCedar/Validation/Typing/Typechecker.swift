/// Finds the types of one policy's expressions for one environment. Source: cedar-policy 4.12, `typecheck.rs`;
/// cedar-spec, `Validation/Typechecker.lean`.
///
/// After an error it goes on with the type that the expression should have, to find the others.
final class Typechecker {
    let schema: Schema
    let mode: ValidationMode
    let environment: RequestEnvironment
    private let policy: PolicyID
    private(set) var errors: [ValidationError] = []
    /// How many more steps may be taken; shared by all environments of a policy.
    private(set) var budget: Int

    init(_ schema: Schema, _ mode: ValidationMode, _ environment: RequestEnvironment, policy: PolicyID, budget: Int) {
        self.schema = schema
        self.mode = mode
        self.environment = environment
        self.policy = policy
        self.budget = budget
    }

    /// The types of a policy's condition, which has to be a boolean.
    func check(condition: CoreExpression) -> TypeAnswer {
        expect(condition, [.bool], [])
    }

    func report(_ kind: ValidationError.Kind, at expression: CoreExpression) {
        errors.append(ValidationError(policy: policy, kind: kind, span: expression.span))
    }

    func spend(_ steps: Int) { budget -= min(steps, max(budget, 0)) }

    /// The types of an expression, given that `prior` holds.
    func check(_ expression: CoreExpression, _ prior: Set<Capability>) -> TypeAnswer {
        spend(1 + prior.count)
        guard budget > 0 else { return .failure(TypedExpression(expression, nil)) }
        switch expression.node {
        case .literal(let literal): return check(literal, expression)
        case .variable(let variable): return .success(TypedExpression(expression, type(of: variable)))
        case .slot(let slot): return .success(TypedExpression(expression, type(of: slot)))
        case .conditional(let condition, let then, let otherwise):
            return checkConditional(expression, condition, then, otherwise, prior)
        case .and(let left, let right): return checkAnd(expression, left, right, prior)
        case .or(let left, let right): return checkOr(expression, left, right, prior)
        case .unary(let symbol, let operand): return checkUnary(expression, symbol, operand, prior)
        case .binary(let symbol, let left, let right): return checkBinary(expression, symbol, left, right, prior)
        case .call(let function, let arguments): return checkCall(expression, function, arguments, prior)
        case .getAttribute(let target, let name): return checkGet(expression, target, name, prior)
        case .hasAttribute(let target, let name): return checkHas(expression, target, name, prior)
        case .like(let operand):
            let operand = expect(operand, [.string], prior)
            return .success(TypedExpression(expression, .bool, [operand.expression])).after(operand)
        case .isType(let operand, let type): return checkIs(expression, operand, type, prior)
        case .set(let elements): return checkSet(expression, elements, prior)
        case .record(let members): return checkRecord(expression, members, prior)
        }
    }

    /// The types of an expression that has to have one of `expected`; without a type when it has another.
    func expect(_ expression: CoreExpression, _ expected: [CedarType], _ prior: Set<Capability>) -> TypeAnswer {
        let answer = check(expression, prior)
        guard let type = answer.type else { return .failure(answer.expression) }
        // Width subtyping in both modes: this asks for "a record" or "an entity" of any kind.
        if expected.contains(where: { type.isSubtype(of: $0, .permissive) }) { return answer }
        report(.unexpectedType(expected: expected, found: type), at: expression)
        return .failure(TypedExpression(answer.expression.core, nil, answer.expression.children))
    }

    /// The least upper bound of types, or an error and nil; nil without an error when a type is missing already.
    func bound(
        _ types: [CedarType?], _ combination: ValidationError.Combination, at expression: CoreExpression
    ) -> CedarType? {
        let known = types.compactMap { $0 }
        guard known.count == types.count else { return nil }
        spend(known.reduce(0) { $0 + $1.size })
        if let bound = CedarType.leastUpperBound(of: known, mode) { return bound }
        report(.incompatibleTypes(known, combination), at: expression)
        return nil
    }
}
