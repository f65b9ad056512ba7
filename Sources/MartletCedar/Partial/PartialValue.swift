/// What is known about the value of an expression.
enum PartialValue: Hashable, Sendable {
    /// Every completion gives this value.
    case known(Value)
    /// Every completion gives this error.
    case failure(EvaluationError)
    /// It depends; for every completion the value, or the error, of this expression is that of the whole one.
    case residual(Expression)

    /// What stands for it in a residual. What fails stays as it was written, and fails again.
    func expression(for original: Expression) -> Expression {
        switch self {
        case .known(let value): Expression(value, at: original.span)
        case .failure: original
        case .residual(let expression): expression
        }
    }
}

extension Expression {
    /// An expression that has this value.
    init(_ value: Value, at span: SourceSpan) {
        func call(_ function: ExtensionFunction, _ text: some CustomStringConvertible) -> Expression {
            Expression(.call(function, [Expression(.literal(.string(Text("\(text)"))), at: span)]), at: span)
        }
        let node: Node =
            switch value {
            case .bool(let bool): .literal(.bool(bool))
            case .long(let long): .literal(.long(long))
            case .string(let text): .literal(.string(text))
            case .entity(let uid): .literal(.entity(uid))
            case .set(let set): .set(set.elements.map { Expression($0, at: span) })
            case .record(let record):
                .record(record.fields.map { Field(key: $0.key, value: Expression($0.value, at: span)) })
            case .decimal(let decimal): call(.decimal, decimal).node
            case .ip(let address): call(.ip, address).node
            case .duration(let duration): call(.duration, duration).node
            // Not every point in time has a text.
            case .datetime(let datetime):
                .call(
                    .offset,
                    [call(.datetime, "1970-01-01"), call(.duration, Duration(milliseconds: datetime.milliseconds))])
            }
        self.init(node, at: span)
    }
}
