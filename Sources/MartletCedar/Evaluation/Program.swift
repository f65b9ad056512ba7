/// An expression prepared for evaluation: a flat list of steps that name each other by index.
///
/// Constants are computed once, also those that fail. Steps have no references, so that reading one costs nothing, and
/// each operand is evaluated at most once, so that evaluation takes time in proportion to the size of the expression.
struct Program: Sendable {
    enum Step: Sendable {
        case constant(Int32)
        /// A constant that has no value; the index of its error.
        case failure(Int32)
        case variable(Variable)
        case ifThenElse(Int32, Int32, Int32)
        case and(Int32, Int32)
        case or(Int32, Int32)
        case unary(UnaryOperator, Int32)
        case binary(BinaryOperator, Int32, Int32)
        /// Arguments are `operands[first..<first + count]`.
        case call(ExtensionFunction, first: Int32, count: Int32)
        /// Operand and index of the text.
        case getAttribute(Int32, Int32)
        /// As many texts from `text` on are the path.
        case hasAttribute(Int32, text: Int32, count: Int32)
        case like(Int32, Int32)
        case isType(Int32, Int32)
        case isTypeIn(Int32, Int32, Int32)
        case set(first: Int32, count: Int32)
        /// As many texts from `text` on are the keys.
        case record(first: Int32, count: Int32, text: Int32)
    }

    private(set) var steps: [Step] = []
    /// The place of each step in the source.
    private(set) var spans: [SourceSpan] = []
    private(set) var constants: [Value] = []
    private(set) var failures: [EvaluationError] = []
    private(set) var operands: [Int32] = []
    private(set) var texts: [Text] = []
    private(set) var patterns: [Pattern] = []
    private(set) var types: [EntityType] = []
    /// The step that gives the result.
    private(set) var root: Int32 = 0

    /// Prepares an expression; recursion is bounded by its height.
    init(_ expression: Expression) { root = append(expression) }

    private mutating func add(_ step: Step, at span: SourceSpan) -> Int32 {
        steps.append(step)
        spans.append(span)
        return Int32(steps.count) - 1
    }

    private mutating func constant(_ value: Value, at span: SourceSpan) -> Int32 {
        constants.append(value)
        return add(.constant(Int32(constants.count) - 1), at: span)
    }

    private mutating func failure(_ error: EvaluationError) -> Int32 {
        failures.append(error)
        return add(.failure(Int32(failures.count) - 1), at: error.span)
    }

    private mutating func append(texts new: [Text]) -> Int32 {
        texts += new
        return Int32(texts.count - new.count)
    }

    private mutating func append(type: EntityType) -> Int32 {
        types.append(type)
        return Int32(types.count) - 1
    }
}

extension Program {
    private mutating func append(_ expression: Expression) -> Int32 {
        let span = expression.span
        switch expression.node {
        case .literal(let literal): return constant(Value(literal), at: span)
        case .variable(let variable): return add(.variable(variable), at: span)
        case .slot(let slot): return failure(EvaluationError(.openSlot(slot), at: span))
        case .ifThenElse(let condition, let then, let otherwise):
            return add(.ifThenElse(append(condition), append(then), append(otherwise)), at: span)
        case .and(let left, let right): return add(.and(append(left), append(right)), at: span)
        case .or(let left, let right): return add(.or(append(left), append(right)), at: span)
        case .unary(let symbol, let operand): return add(.unary(symbol, append(operand)), at: span)
        case .binary(let symbol, let left, let right):
            return add(.binary(symbol, append(left), append(right)), at: span)
        default: return appendOther(expression)
        }
    }

    private mutating func appendOther(_ expression: Expression) -> Int32 {
        let span = expression.span
        switch expression.node {
        case .getAttribute(let target, let name):
            return add(.getAttribute(append(target), append(texts: [name])), at: span)
        case .hasAttribute(let target, let path):
            return add(.hasAttribute(append(target), text: append(texts: path), count: Int32(path.count)), at: span)
        case .like(let target, let pattern):
            patterns.append(pattern)
            let index = Int32(patterns.count) - 1
            return add(.like(append(target), index), at: span)
        case .isType(let target, let type, in: nil):
            return add(.isType(append(target), append(type: type)), at: span)
        case .isType(let target, let type, in: .some(let container)):
            return add(.isTypeIn(append(target), append(type: type), append(container)), at: span)
        case .call(let function, let arguments): return call(function, arguments, at: span)
        case .set(let elements): return set(elements, at: span)
        case .record(let fields): return record(fields, at: span)
        default: return failure(EvaluationError(.type(expected: [], found: .bool), at: span))
        }
    }

    private mutating func call(
        _ function: ExtensionFunction, _ arguments: [Expression], at span: SourceSpan
    ) -> Int32 {
        let steps = arguments.map { append($0) }
        guard let values = values(of: steps) else {
            return add(.call(function, first: append(operands: steps), count: Int32(steps.count)), at: span)
        }
        do throws(EvaluationError.Kind) {
            return constant(try function.result(of: values), at: span)
        } catch {
            return failure(EvaluationError(error, at: span))
        }
    }

    private mutating func set(_ elements: [Expression], at span: SourceSpan) -> Int32 {
        let steps = elements.map { append($0) }
        if let values = values(of: steps) { return constant(.set(ValueSet(values)), at: span) }
        return add(.set(first: append(operands: steps), count: Int32(steps.count)), at: span)
    }

    private mutating func record(_ fields: [Expression.Field], at span: SourceSpan) -> Int32 {
        let steps = fields.map { append($0.value) }
        if let values = values(of: steps) {
            return constant(.record(Record(zip(fields, values).map { .init(key: $0.key, value: $1) })), at: span)
        }
        let text = append(texts: fields.map(\.key))
        return add(.record(first: append(operands: steps), count: Int32(steps.count), text: text), at: span)
    }

    private mutating func append(operands new: [Int32]) -> Int32 {
        operands += new
        return Int32(operands.count - new.count)
    }

    /// The values of steps that are all constants; nil when one is not.
    private func values(of indexes: [Int32]) -> [Value]? {
        var values: [Value] = []
        for index in indexes {
            guard case .constant(let constant) = steps[Int(index)] else { return nil }
            values.append(constants[Int(constant)])
        }
        return values
    }
}
