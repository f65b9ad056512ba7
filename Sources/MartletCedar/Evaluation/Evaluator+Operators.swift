extension UnaryOperator {
    func result(of operand: Value) throws(EvaluationError.Kind) -> Value {
        switch self {
        case .not: return .bool(try !operand.bool())
        case .isEmpty: return .bool(try operand.set().isEmpty)
        case .negate:
            let (negative, overflow) = Int64(0).subtractingReportingOverflow(try operand.long())
            guard !overflow else { throw .overflow(symbol) }
            return .long(negative)
        }
    }
}

extension Evaluator {
    func result(
        of symbol: BinaryOperator, _ left: Value, _ right: Value
    ) throws(EvaluationError.Kind) -> Value {
        switch symbol {
        case .equal: return .bool(left == right)
        case .notEqual: return .bool(left != right)
        case .less: return .bool(try isLess(left, right))
        case .lessOrEqual: return .bool(try !isLess(left, right, isSwapped: true))
        case .greater: return .bool(try isLess(left, right, isSwapped: true))
        case .greaterOrEqual: return .bool(try !isLess(left, right))
        case .add, .subtract, .multiply: return .long(try arithmetic(symbol, try left.long(), try right.long()))
        case .in: return .bool(try isIn(try left.entity(), right))
        case .contains: return .bool(try left.set().contains(right))
        case .containsAll:
            let set = try left.set()
            return .bool(set.isSuperset(of: try right.set()))
        case .containsAny:
            let set = try left.set()
            return .bool(set.intersects(try right.set()))
        case .getTag, .hasTag: return try tag(symbol, of: try left.entity(), try right.text())
        }
    }

    /// `left < right`, or `right < left` when swapped; of two integers, two points in time or two lengths of time.
    private func isLess(
        _ left: Value, _ right: Value, isSwapped: Bool = false
    ) throws(EvaluationError.Kind) -> Bool {
        switch (left, right) {
        case (.long(let left), .long(let right)): return isSwapped ? right < left : left < right
        case (.datetime(let left), .datetime(let right)): return isSwapped ? right < left : left < right
        case (.duration(let left), .duration(let right)): return isSwapped ? right < left : left < right
        case (.long, _), (.datetime, _), (.duration, _): throw .type(expected: [left.kind], found: right.kind)
        default: throw .type(expected: [.long, .datetime, .duration], found: left.kind)
        }
    }

    private func arithmetic(
        _ symbol: BinaryOperator, _ left: Int64, _ right: Int64
    ) throws(EvaluationError.Kind) -> Int64 {
        let (result, overflow) =
            switch symbol {
            case .add: left.addingReportingOverflow(right)
            case .subtract: left.subtractingReportingOverflow(right)
            default: left.multipliedReportingOverflow(by: right)
            }
        guard !overflow else { throw .overflow(symbol.symbol) }
        return result
    }
}
