extension Evaluator {
    /// The steps that ``value(_:_:)`` leaves over.
    func other(_ index: Int32, _ program: Program) throws(EvaluationError) -> Value {
        switch program.steps[Int(index)] {
        case .getAttribute(let target, let name):
            let target = try value(target, program)
            return try located(index, program) { () throws(EvaluationError.Kind) in
                try attribute(program.texts[Int(name)], of: target)
            }
        case .hasAttribute(let target, let text, let count):
            let target = try value(target, program)
            return try located(index, program) { () throws(EvaluationError.Kind) in
                .bool(try has(program.texts[Int(text)..<Int(text + count)], target))
            }
        case .like(let target, let pattern):
            let target = try value(target, program)
            return try located(index, program) { () throws(EvaluationError.Kind) in
                .bool(program.patterns[Int(pattern)].matches(try target.text()))
            }
        case .isType(let target, let type):
            return .bool(try entity(target, program).type == program.types[Int(type)])
        case .isTypeIn(let target, let type, let container):
            let uid = try entity(target, program)
            guard uid.type == program.types[Int(type)] else { return .bool(false) }
            let container = try value(container, program)
            return try located(index, program) { () throws(EvaluationError.Kind) in
                .bool(try isIn(uid, container))
            }
        default: return try collection(index, program)
        }
    }

    private func collection(_ index: Int32, _ program: Program) throws(EvaluationError) -> Value {
        switch program.steps[Int(index)] {
        case .call(let function, let first, let count):
            let arguments = try values(first, count, program)
            return try located(index, program) { () throws(EvaluationError.Kind) in
                try function.result(of: arguments)
            }
        case .set(let first, let count):
            return .set(ValueSet(try values(first, count, program)))
        case .record(let first, let count, let text):
            let values = try values(first, count, program)
            return .record(
                Record(values.indices.map { .init(key: program.texts[Int(text) + $0], value: values[$0]) }))
        default: throw EvaluationError(.type(expected: [], found: .bool), at: program.spans[Int(index)])
        }
    }

    private func values(_ first: Int32, _ count: Int32, _ program: Program) throws(EvaluationError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(Int(count))
        for operand in program.operands[Int(first)..<Int(first + count)] { values.append(try value(operand, program)) }
        return values
    }

    private func entity(_ index: Int32, _ program: Program) throws(EvaluationError) -> EntityUID {
        let value = try value(index, program)
        return try located(index, program) { () throws(EvaluationError.Kind) in try value.entity() }
    }
}
