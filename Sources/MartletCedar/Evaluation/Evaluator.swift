/// Evaluates programs for one request over one entity store. Source: cedar-policy 4.12, `evaluator.rs`; the Lean model.
struct Evaluator {
    let request: Request
    let entities: EntityStore

    /// The value of one step; recursion is bounded by the height of the expression.
    func value(_ index: Int32, _ program: Program) throws(EvaluationError) -> Value {
        switch program.steps[Int(index)] {
        case .constant(let constant): return program.constants[Int(constant)]
        case .failure(let failure): throw program.failures[Int(failure)]
        case .variable(let variable): return value(of: variable)
        case .contextPath(let last, let text, let count):
            if let value = value(inContext: program.texts[Int(text)..<Int(text + count)]) { return value }
            return try value(last, program)
        case .ifThenElse(let condition, let then, let otherwise):
            return try value(try bool(condition, program) ? then : otherwise, program)
        case .and(let left, let right):
            guard try bool(left, program) else { return .bool(false) }
            return .bool(try bool(right, program))
        case .or(let left, let right):
            if try bool(left, program) { return .bool(true) }
            return .bool(try bool(right, program))
        case .unary(let symbol, let operand):
            let operand = try value(operand, program)
            return try located(index, program) { () throws(EvaluationError.Kind) in try symbol.result(of: operand) }
        case .binary(let symbol, let left, let right):
            let left = try value(left, program)
            let right = try value(right, program)
            return try located(index, program) { () throws(EvaluationError.Kind) in
                try result(of: symbol, left, right)
            }
        default: return try other(index, program)
        }
    }

    /// The value of a step that has to be a boolean.
    func bool(_ index: Int32, _ program: Program) throws(EvaluationError) -> Bool {
        let value = try value(index, program)
        guard case .bool(let bool) = value else {
            throw EvaluationError(.type(expected: [.bool], found: value.kind), at: program.spans[Int(index)])
        }
        return bool
    }

    /// What stands in the context under this path; nil where a key is missing or something on the way is no record.
    private func value(inContext path: ArraySlice<Text>) -> Value? {
        var record = request.context
        for name in path.dropLast() {
            guard case .record(let next) = record[name] else { return nil }
            record = next
        }
        return path.last.flatMap { record[$0] }
    }

    private func value(of variable: Variable) -> Value {
        switch variable {
        case .principal: .entity(request.principal)
        case .action: .entity(request.action)
        case .resource: .entity(request.resource)
        case .context: .record(request.context)
        }
    }

    /// Gives an error its place.
    @inline(__always)
    func located<T>(
        _ index: Int32, _ program: Program, _ body: () throws(EvaluationError.Kind) -> T
    ) throws(EvaluationError) -> T {
        do throws(EvaluationError.Kind) {
            return try body()
        } catch {
            throw EvaluationError(error, at: program.spans[Int(index)])
        }
    }
}

extension Expression {
    /// The value for a request; prepares the expression each time.
    public func value(for request: Request, entities: EntityStore) throws(EvaluationError) -> Value {
        let program = Program(self)
        return try Evaluator(request: request, entities: entities).value(program.root, program)
    }
}
