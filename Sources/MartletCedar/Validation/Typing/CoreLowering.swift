/// Rewrites expressions and policies into ``CoreExpression``.
struct CoreLowering {
    private var shapes: [ExpressionShape: Int] = [:]
    /// Whether a part was left out because what it stands for is too high a tree.
    private(set) var isTooHigh = false

    /// The highest tree that is walked over, and the longest chain that is written as a tree.
    static let maximumHeight = 2_500
    private static let maximumChain = 1_000

    /// What a policy demands, its scope first: `principal … && (action … && (resource … && conditions))`.
    mutating func condition(of policy: PolicyBody) -> CoreExpression {
        let principal = constraint(policy.principal, on: .principal, at: policy.span)
        let action = constraint(policy.action, at: policy.span)
        let resource = constraint(policy.resource, on: .resource, at: policy.span)
        if policy.conditions.count > Self.maximumChain { isTooHigh = true }
        let conditions = policy.conditions.prefix(Self.maximumChain).map { condition in
            let body = lower(condition.body)
            return condition.kind == .when ? body : unary(.not, body, at: body.span)
        }
        let rest = conditions.dropLast().reversed().reduce(conditions.last ?? bool(true, at: policy.span)) {
            and($1, $0, at: policy.span)
        }
        let condition = and(
            principal, and(action, and(resource, rest, at: policy.span), at: policy.span), at: policy.span)
        if condition.height > Self.maximumHeight { isTooHigh = true }
        return condition
    }

    mutating func lower(_ expression: Expression) -> CoreExpression {
        let span = expression.span
        switch expression.node {
        case .literal(let literal): return self.literal(literal, at: span)
        case .variable(let variable): return self.variable(variable, at: span)
        case .slot(let slot): return node(.slot(slot), .slot(slot), span)
        case .ifThenElse(let condition, let then, let otherwise):
            return conditional(lower(condition), lower(then), lower(otherwise), span)
        case .and(let left, let right): return and(lower(left), lower(right), at: span)
        case .or(let left, let right): return or(lower(left), lower(right), at: span)
        case .unary(let symbol, let operand): return unary(symbol, lower(operand), at: span)
        case .binary(let symbol, let left, let right): return binary(symbol, lower(left), lower(right), at: span)
        case .getAttribute(let target, let name): return getAttribute(lower(target), name, span)
        case .hasAttribute(let target, let names): return has(lower(target), names, span)
        case .isType(let operand, let type, in: let container): return isType(operand, type, container, span)
        default: return lowerLists(expression)
        }
    }

    private mutating func lowerLists(_ expression: Expression) -> CoreExpression {
        let span = expression.span
        switch expression.node {
        case .like(let operand, let pattern):
            let operand = lower(operand)
            return node(.like(operand), .like(operand.shape, pattern), span)
        case .call(let function, let arguments):
            let arguments = arguments.map { lower($0) }
            return node(.call(function, arguments), .call(function, arguments.map(\.shape)), span)
        case .set(let elements):
            let elements = elements.map { lower($0) }
            return node(.set(elements), .set(elements.map(\.shape)), span)
        case .record(let fields):
            let members = fields.map { (key: $0.key, value: lower($0.value)) }.sorted { $0.key < $1.key }
            return node(.record(members), .record(members.map(\.key), members.map(\.value.shape)), span)
        default: return bool(false, at: span)
        }
    }

    private mutating func node(
        _ node: CoreExpression.Node, _ shape: ExpressionShape, _ span: SourceSpan
    ) -> CoreExpression {
        let number = shapes[shape] ?? shapes.count
        shapes[shape] = number
        return CoreExpression(node, at: span, shape: number)
    }
}

extension CoreLowering {
    private mutating func literal(_ literal: Expression.Literal, at span: SourceSpan) -> CoreExpression {
        node(.literal(literal), .literal(literal), span)
    }

    private mutating func bool(_ value: Bool, at span: SourceSpan) -> CoreExpression {
        literal(.bool(value), at: span)
    }

    private mutating func variable(_ variable: Variable, at span: SourceSpan) -> CoreExpression {
        node(.variable(variable), .variable(variable), span)
    }

    private mutating func conditional(
        _ condition: CoreExpression, _ then: CoreExpression, _ otherwise: CoreExpression, _ span: SourceSpan
    ) -> CoreExpression {
        node(
            .conditional(condition, then, otherwise), .conditional(condition.shape, then.shape, otherwise.shape), span)
    }

    private mutating func and(_ left: CoreExpression, _ right: CoreExpression, at span: SourceSpan) -> CoreExpression {
        if let left = left.written, let right = right.written { return bool(left && right, at: span) }
        return node(.and(left, right), .and(left.shape, right.shape), span)
    }

    private mutating func or(_ left: CoreExpression, _ right: CoreExpression, at span: SourceSpan) -> CoreExpression {
        if let left = left.written, let right = right.written { return bool(left || right, at: span) }
        return node(.or(left, right), .or(left.shape, right.shape), span)
    }

    private mutating func unary(
        _ symbol: UnaryOperator, _ operand: CoreExpression, at span: SourceSpan
    ) -> CoreExpression {
        node(.unary(symbol, operand), .unary(symbol, operand.shape), span)
    }

    /// `a > b` is `!(a <= b)`: the order of evaluation stays.
    private mutating func binary(
        _ symbol: BinaryOperator, _ left: CoreExpression, _ right: CoreExpression, at span: SourceSpan
    ) -> CoreExpression {
        switch symbol {
        case .notEqual: unary(.not, binary(.equal, left, right, at: span), at: span)
        case .greater: unary(.not, binary(.lessOrEqual, left, right, at: span), at: span)
        case .greaterOrEqual: unary(.not, binary(.less, left, right, at: span), at: span)
        default: node(.binary(symbol, left, right), .binary(symbol, left.shape, right.shape), span)
        }
    }

    private mutating func getAttribute(
        _ target: CoreExpression, _ name: Text, _ span: SourceSpan
    ) -> CoreExpression {
        node(.getAttribute(target, name), .getAttribute(target.shape, name), span)
    }

    /// `a has b.c.d` is `(a has b && a.b has c) && a.b.c has d`.
    private mutating func has(_ target: CoreExpression, _ names: [Text], _ span: SourceSpan) -> CoreExpression {
        var target = target
        var result: CoreExpression?
        if names.count > Self.maximumChain { isTooHigh = true }
        for name in names.prefix(Self.maximumChain) {
            let has = node(.hasAttribute(target, name), .hasAttribute(target.shape, name), span)
            result = result.map { and($0, has, at: span) } ?? has
            target = getAttribute(target, name, span)
        }
        return result ?? bool(false, at: span)
    }

    private mutating func isType(
        _ operand: Expression, _ type: EntityType, _ container: Expression?, _ span: SourceSpan
    ) -> CoreExpression {
        let operand = lower(operand)
        let test = node(.isType(operand, type), .isType(operand.shape, type), span)
        guard let container else { return test }
        return and(test, binary(.in, operand, lower(container), at: span), at: span)
    }
}

extension CoreLowering {
    private mutating func constraint(
        _ constraint: ScopeConstraint, on variable: Variable, at span: SourceSpan
    ) -> CoreExpression {
        let operand = self.variable(variable, at: span)
        let slot: Slot = variable == .principal ? .principal : .resource
        switch constraint {
        case .any: return bool(true, at: span)
        case .equal(let reference): return binary(.equal, operand, entity(reference, slot, span), at: span)
        case .in(let reference): return binary(.in, operand, entity(reference, slot, span), at: span)
        case .isType(let type): return node(.isType(operand, type), .isType(operand.shape, type), span)
        case .isTypeIn(let type, let reference):
            let test = node(.isType(operand, type), .isType(operand.shape, type), span)
            return and(test, binary(.in, operand, entity(reference, slot, span), at: span), at: span)
        }
    }

    private mutating func entity(_ reference: EntityReference, _ slot: Slot, _ span: SourceSpan) -> CoreExpression {
        switch reference {
        case .entity(let uid): literal(.entity(uid), at: span)
        case .slot: node(.slot(slot), .slot(slot), span)
        }
    }

    private mutating func constraint(_ constraint: ActionConstraint, at span: SourceSpan) -> CoreExpression {
        let action = variable(.action, at: span)
        switch constraint {
        case .any: return bool(true, at: span)
        case .equal(let uid): return binary(.equal, action, literal(.entity(uid), at: span), at: span)
        case .in(let uid): return binary(.in, action, literal(.entity(uid), at: span), at: span)
        case .inAny(let uids):
            let elements = uids.map { literal(.entity($0), at: span) }
            return binary(.in, action, node(.set(elements), .set(elements.map(\.shape)), span), at: span)
        }
    }
}

extension CoreExpression {
    /// The boolean that is written here; nil for everything else.
    var written: Bool? {
        if case .literal(.bool(let value)) = node { value } else { nil }
    }

    /// Whether it is a boolean, number, string or entity that is written down.
    var isLiteral: Bool {
        if case .literal = node { true } else { false }
    }
}
