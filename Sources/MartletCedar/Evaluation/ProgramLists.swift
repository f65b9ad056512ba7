/// A program in the making.
struct ProgramLists {
    typealias Step = Program.Step

    var steps: [Step] = []
    var spans: [SourceSpan] = []
    var constants: [Value] = []
    var failures: [EvaluationError] = []
    var operands: [Int32] = []
    var texts: [Text] = []
    var patterns: [Pattern] = []
    var types: [EntityType] = []

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

extension ProgramLists {
    mutating func append(_ expression: Expression) -> Int32 {
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
            let last = add(.getAttribute(append(target), append(texts: [name])), at: span)
            guard let path = expression.contextPath, path.count > 1 else { return last }
            return add(.contextPath(last, text: append(texts: path), count: Int32(path.count)), at: span)
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

extension Expression {
    /// The names of `context.a.b`, outermost first; nil for everything else, and for more than eight.
    fileprivate var contextPath: [Text]? {
        var names: [Text] = []
        var target = self
        while case .getAttribute(let inner, let name) = target.node {
            guard names.count < 8 else { return nil }
            names.append(name)
            target = inner
        }
        guard case .variable(.context) = target.node else { return nil }
        return names.reversed()
    }
}
