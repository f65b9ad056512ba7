/// Writes syntax trees as Cedar text, with no more parentheses than the precedence of the operators needs.
///
/// What is written parses to the same tree. Recursion is bounded by the height of the tree.
struct Printer {
    private(set) var output = ""

    /// How tightly an expression binds: one level for each function of the parser.
    private enum Level: Int {
        case expression, or, and, relation, sum, product, unary, member
    }

    mutating func print(_ text: String) { output.append(text) }

    mutating func print(_ expression: Expression) { print(expression, .expression) }

    private mutating func print(_ expression: Expression, _ least: Level) {
        guard level(of: expression.node).rawValue < least.rawValue else { return print(expression.node) }
        print("(")
        print(expression.node)
        print(")")
    }

    private func level(of node: Expression.Node) -> Level {
        switch node {
        case .ifThenElse: .expression
        case .or: .or
        case .and: .and
        case .hasAttribute(_, let path): isPath(path) ? .relation : .and
        case .like, .isType: .relation
        case .binary(let symbol, _, _): symbol.isMethod ? .member : operatorLevel(symbol)
        case .unary(let symbol, _): symbol == .isEmpty ? .member : .unary
        case .literal(.long(let long)): long < 0 ? .unary : .member
        default: .member
        }
    }

    private func operatorLevel(_ symbol: BinaryOperator) -> Level {
        switch symbol {
        case .add, .subtract: .sum
        case .multiply: .product
        default: .relation
        }
    }

    private mutating func print(_ node: Expression.Node) {
        switch node {
        case .literal(let literal): print(literal)
        case .variable(let variable): print(variable.rawValue)
        case .slot(let slot): print(slot.rawValue)
        case .ifThenElse(let condition, let then, let otherwise):
            print("if ")
            print(condition)
            print(" then ")
            print(then)
            print(" else ")
            print(otherwise)
        case .and(let left, let right): infix(left, .and, " && ", right, .relation)
        case .or(let left, let right): infix(left, .or, " || ", right, .and)
        case .unary(let symbol, let operand): print(symbol, operand)
        case .binary(let symbol, let left, let right): print(symbol, left, right)
        case .call(let function, let arguments): print(function, arguments)
        default: printOther(node)
        }
    }

    private mutating func printOther(_ node: Expression.Node) {
        switch node {
        case .getAttribute(let target, let name):
            print(target, .member)
            print(isPlain(name) ? ".\(name)" : "[\(Quoted.string(name))]")
        case .hasAttribute(let target, let path):
            guard isPath(path) else { return print(Expression.has(target, path)) }
            print(target, .sum)
            let isPlain = path.allSatisfy(isPlain)
            print(" has \(isPlain ? path.map(\.string).joined(separator: ".") : Quoted.string(path[0]))")
        case .like(let target, let pattern):
            print(target, .sum)
            print(" like \(Quoted.pattern(pattern))")
        case .isType(let target, let type, let container):
            print(target, .sum)
            print(" is \(type)")
            guard let container else { return }
            print(" in ")
            print(container, .sum)
        case .set(let elements): list("[", elements, "]")
        case .record(let fields): print(fields)
        default: break
        }
    }
}

extension Printer {
    /// Whether `has` can be followed by all of it; a path with other names can only be made by hand.
    private func isPath(_ path: [Text]) -> Bool { path.count == 1 || path.allSatisfy(isPlain) }

    private mutating func infix(
        _ left: Expression, _ leftLevel: Level, _ symbol: String, _ right: Expression, _ rightLevel: Level
    ) {
        print(left, leftLevel)
        print(symbol)
        print(right, rightLevel)
    }

    private mutating func print(_ symbol: BinaryOperator, _ left: Expression, _ right: Expression) {
        let written = " \(symbol.symbol) "
        switch symbol {
        case .contains, .containsAll, .containsAny, .getTag, .hasTag:
            print(left, .member)
            print(".\(symbol.symbol)(")
            print(right)
            print(")")
        case .add, .subtract: infix(left, .sum, written, right, .product)
        case .multiply: infix(left, .product, written, right, .unary)
        default: infix(left, .sum, written, right, .sum)
        }
    }

    /// Up to four of the same sign stand together; a literal after `-` would become part of it.
    private mutating func print(_ symbol: UnaryOperator, _ operand: Expression) {
        guard symbol != .isEmpty else {
            print(operand, .member)
            return print(".isEmpty()")
        }
        var operand = operand
        print(symbol.symbol)
        for _ in 1..<4 {
            guard case .unary(symbol, let inner) = operand.node else { break }
            print(symbol.symbol)
            operand = inner
        }
        if symbol == .negate, case .literal(.long) = operand.node {
            print("(")
            print(operand)
            print(")")
        } else {
            print(operand, .member)
        }
    }

    private mutating func print(_ function: ExtensionFunction, _ arguments: [Expression]) {
        guard !function.isConstructor, let target = arguments.first else {
            return list("\(function.rawValue)(", arguments[...], ")")
        }
        print(target, .member)
        list(".\(function.rawValue)(", arguments.dropFirst(), ")")
    }

    private mutating func list(_ open: String, _ elements: ArraySlice<Expression>, _ close: String) {
        print(open)
        for (index, element) in elements.enumerated() {
            if index > 0 { print(", ") }
            print(element)
        }
        print(close)
    }

    private mutating func list(_ open: String, _ elements: [Expression], _ close: String) {
        list(open, elements[...], close)
    }

    private mutating func print(_ fields: [Expression.Field]) {
        print("{")
        for (index, field) in fields.enumerated() {
            if index > 0 { print(", ") }
            print(isPlain(field.key) ? field.key.string : Quoted.string(field.key))
            print(": ")
            print(field.value)
        }
        print("}")
    }

    private mutating func print(_ literal: Expression.Literal) {
        switch literal {
        case .bool(let bool): print(bool ? "true" : "false")
        case .long(let long): print("\(long)")
        case .string(let text): print(Quoted.string(text))
        case .entity(let uid): print(uid.description)
        }
    }

    private func isPlain(_ name: Text) -> Bool { Identifier.isValid(name.utf8) && !name.isEqual(to: "__cedar") }
}
