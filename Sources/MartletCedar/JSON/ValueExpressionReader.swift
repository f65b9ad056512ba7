import MartletJSON

/// Reads a value as the expression that gives it: for `Value` in policies.
enum ValueExpressionReader {
    static func expression(_ json: JSONValue) throws(JSONShapeError) -> Expression {
        switch json.kind {
        case .null: throw JSONShapeError(.null)
        case .boolean: return Expression(.literal(.bool(json.bool ?? false)))
        case .number: return Expression(.literal(.long(try ValueReader.integer(json))))
        case .string: return Expression(.literal(.string(try json.text())))
        case .array:
            return Expression(.set(try json.array { (item) throws(JSONShapeError) in try expression(item) }))
        case .object:
            if let escape = ValueEscape(json) {
                try ValueReader.requireIntegers(json)
                return try escaped(escape)
            }
            let fields = try json.object { (key, item) throws(JSONShapeError) in
                Expression.Field(key: key, value: try expression(item))
            }
            return Expression(.record(fields))
        }
    }

    private static func escaped(_ escape: ValueEscape) throws(JSONShapeError) -> Expression {
        switch escape {
        case .expression: throw JSONShapeError(.expressionEscape)
        case .entity(let json): return Expression(.literal(.entity(try ValueReader.uid(json))))
        case .call(let name, let arguments):
            guard let function = ExtensionFunction.named(name), function.isConstructor || !arguments.isEmpty else {
                throw JSONShapeError(.invalidCall(name.string))
            }
            var expressions: [Expression] = []
            for argument in arguments { expressions.append(try expression(argument)) }
            return Expression(.call(function, expressions))
        }
    }
}
