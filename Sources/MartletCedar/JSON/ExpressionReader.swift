import MartletJSON

/// Reads expressions of the JSON policy format. Source: cedar-policy 4.12, `est/expr.rs`.
///
/// Recursion is bounded by the depth of the JSON.
enum ExpressionReader {
    /// An object with one member: the operator and its operands.
    static func expression(_ json: JSONValue) throws(JSONShapeError) -> Expression {
        try json.requireObject()
        guard json.count == 1, let (name, body) = json.members.first(where: { _ in true }) else {
            throw JSONShapeError(.expected("an object with one member, the operator"))
        }
        return Expression(try JSONValue.at(name) { () throws(JSONShapeError) in try node(Text(name), body) })
    }

    private static func node(_ name: Text, _ body: JSONValue) throws(JSONShapeError) -> Expression.Node {
        if let function = ExtensionFunction.named(name) { return try call(function, body) }
        if let symbol = binary[name] {
            let (left, right) = try operands(body)
            return .binary(symbol, left, right)
        }
        if let symbol = unary[name] {
            try body.requireMembers(["arg"])
            return .unary(symbol, try operand("arg", of: body))
        }
        switch name {
        case "Value": return try ValueExpressionReader.expression(body).node
        case "Var": return .variable(try word(body, Variable.init(rawValue:), "a variable"))
        case "Slot": return .slot(try word(body, Slot.init(rawValue:), "`?principal` or `?resource`"))
        case "&&":
            let (left, right) = try operands(body)
            return .and(left, right)
        case "||":
            let (left, right) = try operands(body)
            return .or(left, right)
        default: return try other(name, body)
        }
    }

    private static func other(_ name: Text, _ body: JSONValue) throws(JSONShapeError) -> Expression.Node {
        switch name {
        case ".":
            try body.requireMembers(["left", "attr"])
            return .getAttribute(try operand("left", of: body), try body.text("attr"))
        case "has": return try has(body)
        case "like":
            try body.requireMembers(["left", "pattern"])
            return .like(try operand("left", of: body), try pattern(try body.required("pattern")))
        case "is": return try isType(body)
        case "if-then-else":
            try body.requireMembers(["if", "then", "else"])
            return .ifThenElse(
                try operand("if", of: body), try operand("then", of: body), try operand("else", of: body))
        case "Set": return .set(try body.array { (item) throws(JSONShapeError) in try expression(item) })
        case "Record":
            return .record(
                try body.object { (key, item) throws(JSONShapeError) in
                    Expression.Field(key: key, value: try expression(item))
                })
        default: throw JSONShapeError(.expected("an operator, a function, Value, Var, Set or Record"))
        }
    }

    private static let binary = Dictionary(
        uniqueKeysWithValues: BinaryOperator.allCases.map { (Text($0.symbol), $0) })
    private static let unary: [Text: UnaryOperator] = ["!": .not, "neg": .negate, "isEmpty": .isEmpty]

    private static func operand(_ key: StaticString, of body: JSONValue) throws(JSONShapeError) -> Expression {
        let json = try body.required(key)
        return try JSONValue.at("\(key)") { () throws(JSONShapeError) in try expression(json) }
    }

    private static func operands(_ body: JSONValue) throws(JSONShapeError) -> (Expression, Expression) {
        try body.requireMembers(["left", "right"])
        return (try operand("left", of: body), try operand("right", of: body))
    }

    private static func word<T>(
        _ body: JSONValue, _ read: (String) -> T?, _ expected: String
    ) throws(JSONShapeError) -> T {
        guard let string = body.string, let word = read(string) else { throw JSONShapeError(.expected(expected)) }
        return word
    }
}

extension ExpressionReader {
    private static func call(
        _ function: ExtensionFunction, _ body: JSONValue
    ) throws(JSONShapeError) -> Expression.Node {
        let arguments = try body.array { (item) throws(JSONShapeError) in try expression(item) }
        // What stands before the dot cannot be left out in text.
        guard function.isConstructor || !arguments.isEmpty else {
            throw JSONShapeError(.invalidCall(function.rawValue))
        }
        return .call(function, arguments)
    }

    /// The attribute is a text, or a list of them for `a has b.c`.
    private static func has(_ body: JSONValue) throws(JSONShapeError) -> Expression.Node {
        // The reference takes other members here, and only here.
        try body.requireObject()
        let left = try operand("left", of: body)
        let attribute = try body.required("attr")
        if attribute.kind == .string { return .hasAttribute(left, [try attribute.text()]) }
        let path = try attribute.array { (item) throws(JSONShapeError) in try item.text() }
        guard !path.isEmpty else { throw JSONShapeError(.expected("at least one attribute")) }
        // The text can only say a path of identifiers.
        let isPath = path.allSatisfy { Identifier.isValid($0.utf8) && !$0.isEqual(to: "__cedar") }
        return isPath ? .hasAttribute(left, path) : Expression.has(left, path).node
    }

    private static func isType(_ body: JSONValue) throws(JSONShapeError) -> Expression.Node {
        try body.requireMembers(["left", "entity_type", "in"])
        let type = try ValueReader.name(try body.text("entity_type"))
        let container = try body.member("in").flatMap { (json) throws(JSONShapeError) in
            try json.isNull ? nil : operand("in", of: body)
        }
        return .isType(try operand("left", of: body), type, in: container)
    }

    /// A list of `"Wildcard"` and `{"Literal": "…"}`.
    private static func pattern(_ body: JSONValue) throws(JSONShapeError) -> Pattern {
        let steps = try body.array { (item) throws(JSONShapeError) -> [Pattern.Element] in
            if item.isString("Wildcard") { return [.wildcard] }
            try item.requireMembers(["Literal"])
            return try item.text("Literal").string.unicodeScalars.map { .scalar($0) }
        }
        return Pattern(steps.flatMap { $0 })
    }
}
