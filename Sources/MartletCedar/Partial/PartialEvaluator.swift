/// Evaluates expressions as far as a part of a request and of the entities allows.
///
/// Counts on types: the policies are strictly valid, and completions fit the schema. What the validator does not look at,
/// because it is never reached, is never reached in a residual either.
struct PartialEvaluator {
    let request: PartialRequest
    let entities: PartialEntities
    let schema: Schema
    /// For operators on values; it is asked for no entity.
    let operators: Evaluator

    init(request: PartialRequest, entities: PartialEntities, schema: Schema) {
        self.request = request
        self.entities = entities
        self.schema = schema
        let nobody = request.action
        operators = Evaluator(
            request: Request(principal: nobody, action: nobody, resource: nobody), entities: .empty)
    }

    /// What is known about a policy: its scope first, then its conditions, up to the first that does not hold.
    func outcome(of policy: PolicyBody) -> PartialOutcome {
        let scope = [
            principal(policy.principal, at: policy.span), action(policy.action),
            resource(policy.resource, at: policy.span),
        ]
        var open: Expression?
        for part in scope.lazy.map({ ($0, nil) }) + policy.conditions.map({ (evaluate($0), $0.asExpression) }) {
            switch part.0 {
            case .known(.bool(true)): continue
            case .known(let value):
                guard let left = open, !cannotFail(left) else { return .unsatisfied }
                return .residual(left.and(Expression(value, at: left.span)))
            case .failure(let error):
                guard let left = open else { return .failed(error) }
                return .residual(part.1.map(left.and) ?? left)
            case .residual(let expression): open = open?.and(expression) ?? expression
            }
        }
        return open.map(PartialOutcome.residual) ?? .satisfied
    }

    private func evaluate(_ condition: Condition) -> PartialValue {
        evaluate(condition.asExpression)
    }

    /// Recursion is bounded by the height of the expression.
    func evaluate(_ expression: Expression) -> PartialValue {
        switch expression.node {
        case .literal(let literal): return .known(Value(literal))
        case .variable(let variable): return value(of: variable) ?? .residual(expression)
        case .slot(let slot): return .failure(EvaluationError(.openSlot(slot), at: expression.span))
        case .ifThenElse(let condition, let then, let otherwise):
            return conditional(expression, condition, then, otherwise)
        case .and(let left, let right): return and(expression, left, right)
        case .or(let left, let right): return or(expression, left, right)
        case .unary(let symbol, let operand):
            return combined(expression, [operand]) {
                .unary(symbol, $0[0])
            } known: {
                (values) throws(EvaluationError.Kind) in
                try symbol.result(of: values[0])
            }
        case .binary(let symbol, let left, let right): return binary(expression, symbol, left, right)
        case .getAttribute(let target, let name): return attribute(expression, target, name)
        case .hasAttribute(let target, let path): return has(expression, target, path)
        case .isType(let operand, let type, in: let container): return isType(expression, operand, type, container)
        case .like, .call, .set, .record: return list(expression)
        }
    }

    private func value(of variable: Variable) -> PartialValue? {
        switch variable {
        case .principal: return request.principal.uid.map { .known(.entity($0)) }
        case .action: return .known(.entity(request.action))
        case .resource: return request.resource.uid.map { .known(.entity($0)) }
        case .context:
            guard case .known(let record) = request.context else { return nil }
            return .known(.record(record))
        }
    }

    private func list(_ expression: Expression) -> PartialValue {
        switch expression.node {
        case .like(let operand, let pattern):
            combined(expression, [operand]) {
                .like($0[0], pattern)
            } known: {
                (values) throws(EvaluationError.Kind) in
                .bool(pattern.matches(try values[0].text()))
            }
        case .call(let function, let arguments):
            combined(expression, arguments) {
                .call(function, $0)
            } known: {
                (values) throws(EvaluationError.Kind) in
                try function.result(of: values)
            }
        case .set(let elements):
            combined(expression, elements) {
                .set($0)
            } known: {
                (values) throws(EvaluationError.Kind) in
                .set(ValueSet(values))
            }
        case .record(let fields):
            combined(expression, fields.map(\.value)) { values in
                .record(zip(fields, values).map { .init(key: $0.key, value: $1) })
            } known: { (values) throws(EvaluationError.Kind) in
                .record(Record(zip(fields, values).map { .init(key: $0.key, value: $1) }))
            }
        default: .residual(expression)
        }
    }

    /// The result of an operator that needs all its operands; a node with what is left of them when one is not known.
    func combined(
        _ expression: Expression, _ operands: [Expression], residual: ([Expression]) -> Expression.Node,
        known: ([Value]) throws(EvaluationError.Kind) -> Value
    ) -> PartialValue {
        let parts = operands.map { evaluate($0) }
        var values: [Value] = []
        for part in parts {
            switch part {
            case .known(let value): values.append(value)
            // Only the first that fails is the error of the whole, and what is not known before it may fail too.
            case .failure(let error): return .failure(error)
            case .residual:
                let left = zip(parts, operands).map { $0.expression(for: $1) }
                return .residual(Expression(residual(left), at: expression.span))
            }
        }
        return located(expression) { () throws(EvaluationError.Kind) in try known(values) }
    }

    /// Gives an error its place.
    func located(_ expression: Expression, _ body: () throws(EvaluationError.Kind) -> Value) -> PartialValue {
        do throws(EvaluationError.Kind) {
            return .known(try body())
        } catch {
            return .failure(EvaluationError(error, at: expression.span))
        }
    }
}

extension Condition {
    /// What has to be true.
    var asExpression: Expression {
        kind == .when ? body : Expression(.unary(.not, body), at: body.span)
    }
}

extension Expression {
    /// `self && other`
    func and(_ other: Expression) -> Expression { Expression(.and(self, other), at: span) }
}
