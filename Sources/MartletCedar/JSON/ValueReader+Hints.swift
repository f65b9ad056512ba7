import MartletJSON

extension ValueReader {
    /// The value of an extension type: the call of a function with or without `__extn`, or what its constructor takes.
    static func hinted(_ json: JSONValue, _ constructor: ExtensionFunction) throws(JSONShapeError) -> Value {
        if json.kind == .object {
            if case .some(.expression) = ValueEscape(json) { throw JSONShapeError(.expressionEscape) }
            let call = json.member("__extn").flatMap { ValueEscape(call: $0) } ?? ValueEscape(call: json)
            if case .some(.call(let name, let arguments)) = call { return try self.call(name, hinting: arguments) }
        }
        return try self.call(Text(constructor.rawValue), [try value(json)])
    }

    /// The arguments may leave `__extn` out too: they are read by the types that the function takes.
    private static func call(_ name: Text, hinting arguments: [JSONValue]) throws(JSONShapeError) -> Value {
        guard let function = ExtensionFunction.named(name), function.arity == arguments.count else {
            throw JSONShapeError(.invalidCall(name.string))
        }
        var values: [Value] = []
        for (argument, hint) in zip(arguments, function.argumentHints) { values.append(try value(argument, hint)) }
        return try call(name, values)
    }

    static func record(
        _ json: JSONValue, _ fields: [Text: TypeHint.Field], isOpen: Bool
    ) throws(JSONShapeError) -> Record {
        var found: Set<Text> = []
        let read = try json.object { (key, item) throws(JSONShapeError) -> Record.Field? in
            guard let field = fields[key] else {
                guard isOpen else { throw JSONShapeError(.unknown(key.string)) }
                // The reference drops what an open record has beside its fields.
                return nil
            }
            found.insert(key)
            return Record.Field(key: key, value: try value(item, field.type))
        }
        for (key, field) in fields where field.isRequired && !found.contains(key) {
            throw JSONShapeError(.missing(key.string))
        }
        return Record(read.compactMap { $0 })
    }
}

extension ExtensionFunction {
    /// How to read the arguments.
    fileprivate var argumentHints: [TypeHint] {
        switch self {
        case .decimal, .ip, .datetime, .duration: [.plain]
        case .lessThan, .lessThanOrEqual, .greaterThan, .greaterThanOrEqual:
            [.extension(.decimal), .extension(.decimal)]
        case .isInRange: [.extension(.ip), .extension(.ip)]
        case .isIpv4, .isIpv6, .isLoopback, .isMulticast: [.extension(.ip)]
        case .offset: [.extension(.datetime), .extension(.duration)]
        case .durationSince: [.extension(.datetime), .extension(.datetime)]
        case .toDate, .toTime: [.extension(.datetime)]
        case .toMilliseconds, .toSeconds, .toMinutes, .toHours, .toDays: [.extension(.duration)]
        }
    }
}
