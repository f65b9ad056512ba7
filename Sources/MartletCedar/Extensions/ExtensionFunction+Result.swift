extension ExtensionFunction {
    /// The result for these arguments. Source: cedar-policy 4.12, `extensions/`.
    func result(of arguments: [Value]) throws(EvaluationError.Kind) -> Value {
        guard arguments.count == arity else { throw .argumentCount(self, found: arguments.count) }
        switch self {
        case .decimal, .ip, .datetime, .duration: return try construct(arguments[0])
        case .lessThan: return .bool(try arguments[0].decimal() < arguments[1].decimal())
        case .lessThanOrEqual: return .bool(try arguments[0].decimal() <= arguments[1].decimal())
        case .greaterThan: return .bool(try arguments[0].decimal() > arguments[1].decimal())
        case .greaterThanOrEqual: return .bool(try arguments[0].decimal() >= arguments[1].decimal())
        case .isIpv4: return .bool(try !arguments[0].ip().isV6)
        case .isIpv6: return .bool(try arguments[0].ip().isV6)
        case .isLoopback: return .bool(try arguments[0].ip().isLoopback)
        case .isMulticast: return .bool(try arguments[0].ip().isMulticast)
        case .isInRange: return .bool(try arguments[0].ip().isInRange(try arguments[1].ip()))
        default: return try timeResult(of: arguments)
        }
    }

    private func timeResult(of arguments: [Value]) throws(EvaluationError.Kind) -> Value {
        switch self {
        case .offset:
            let start = try arguments[0].datetime()
            return .datetime(try checked(start.offset(try arguments[1].duration())))
        case .durationSince:
            let end = try arguments[0].datetime()
            return .duration(try checked(end.durationSince(try arguments[1].datetime())))
        case .toDate: return .datetime(try checked(try arguments[0].datetime().date))
        case .toTime: return .duration(try arguments[0].datetime().timeOfDay)
        case .toMilliseconds: return .long(try arguments[0].duration().milliseconds)
        case .toSeconds: return .long(try arguments[0].duration().seconds)
        case .toMinutes: return .long(try arguments[0].duration().minutes)
        case .toHours: return .long(try arguments[0].duration().hours)
        case .toDays: return .long(try arguments[0].duration().days)
        default: throw .argumentCount(self, found: arguments.count)
        }
    }

    private func construct(_ argument: Value) throws(EvaluationError.Kind) -> Value {
        let text = try argument.text()
        return switch self {
        case .decimal: .decimal(try checked(Decimal(text)))
        case .ip: .ip(try checked(IPAddress(text)))
        case .datetime: .datetime(try checked(Datetime(text)))
        default: .duration(try checked(Duration(text)))
        }
    }

    private func checked<T>(_ result: T?) throws(EvaluationError.Kind) -> T {
        guard let result else { throw .invalidArgument(self) }
        return result
    }
}
