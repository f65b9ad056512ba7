extension Typechecker {
    /// A constructor with a literal is tried out; strict mode allows nothing else.
    func checkCall(
        _ expression: CoreExpression, _ function: ExtensionFunction, _ arguments: [CoreExpression],
        _ prior: Set<Capability>
    ) -> TypeAnswer {
        let (parameters, result) = function.signature
        guard isAcceptable(expression, function, arguments, parameters.count) else {
            let children = arguments.map { check($0, prior).expression }
            return .failure(TypedExpression(expression, result, children))
        }
        let answers = zip(arguments, parameters).map { expect($0, [$1], prior) }
        let typed = TypedExpression(expression, result, answers.map(\.expression))
        return answers.allSatisfy(\.isSuccess) ? .success(typed) : .failure(typed)
    }

    private func isAcceptable(
        _ expression: CoreExpression, _ function: ExtensionFunction, _ arguments: [CoreExpression], _ arity: Int
    ) -> Bool {
        let count = errors.count
        if arguments.count != arity {
            report(.wrongArgumentCount(function, expected: arity, found: arguments.count), at: expression)
        }
        guard function.isConstructor else { return errors.count == count }
        if case .literal(.string(let text)) = arguments.first?.node, !function.accepts(text) {
            report(.invalidLiteral(function), at: expression)
        }
        if mode == .strict, !arguments.allSatisfy(\.isLiteral) { report(.computedLiteral(function), at: expression) }
        return errors.count == count
    }
}

extension ExtensionFunction {
    /// The types of the arguments, the one before the dot included, and of the result.
    var signature: (parameters: [CedarType], result: CedarType) {
        let decimal = CedarType.extension(.decimal)
        let address = CedarType.extension(.ipaddr)
        let datetime = CedarType.extension(.datetime)
        let duration = CedarType.extension(.duration)
        return switch self {
        case .decimal: ([.string], decimal)
        case .ip: ([.string], address)
        case .datetime: ([.string], datetime)
        case .duration: ([.string], duration)
        case .lessThan, .lessThanOrEqual, .greaterThan, .greaterThanOrEqual: ([decimal, decimal], .bool)
        case .isIpv4, .isIpv6, .isLoopback, .isMulticast: ([address], .bool)
        case .isInRange: ([address, address], .bool)
        case .offset: ([datetime, duration], datetime)
        case .durationSince: ([datetime, datetime], duration)
        case .toDate: ([datetime], datetime)
        case .toTime: ([datetime], duration)
        case .toMilliseconds, .toSeconds, .toMinutes, .toHours, .toDays: ([duration], .long)
        }
    }

    /// Whether a constructor makes a value of this text.
    func accepts(_ text: Text) -> Bool {
        switch self {
        case .decimal: Decimal(text) != nil
        case .ip: IPAddress(text) != nil
        case .datetime: Datetime(text) != nil
        case .duration: Duration(text) != nil
        default: true
        }
    }
}
