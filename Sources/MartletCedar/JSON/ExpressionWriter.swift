import MartletJSON

/// Writes expressions in the JSON policy format. Recursion is bounded by the height of the tree.
struct ExpressionWriter {
    var json: JSONWriter

    mutating func write(_ expression: Expression) {
        switch expression.node {
        case .literal(let literal): member("Value") { $0.write(literal) }
        case .variable(let variable): member("Var") { $0.json.string(variable.rawValue) }
        case .slot(let slot): member("Slot") { $0.json.string(slot.rawValue) }
        case .and(let left, let right): operands("&&", left, right)
        case .or(let left, let right): operands("||", left, right)
        case .binary(let symbol, let left, let right): operands(symbol.symbol, left, right)
        case .unary(let symbol, let operand):
            member(symbol == .negate ? "neg" : symbol.symbol) { $0.object([("arg", operand)]) }
        case .ifThenElse(let condition, let then, let otherwise):
            member("if-then-else") { $0.object([("if", condition), ("then", then), ("else", otherwise)]) }
        case .call(let function, let arguments): member(function.rawValue) { $0.array(arguments) }
        case .set(let elements): member("Set") { $0.array(elements) }
        case .record(let fields): member("Record") { $0.object(fields.map { ($0.key.string, $0.value) }) }
        default: writeTest(expression)
        }
    }

    private mutating func writeTest(_ expression: Expression) {
        switch expression.node {
        case .getAttribute(let target, let name):
            member(".") { $0.object([("left", target)]) { $0.json.member("attr", string: name.string) } }
        // All readers know the long form.
        case .hasAttribute(let target, let path) where path.count > 1: write(Expression.has(target, path))
        case .hasAttribute(let target, let path):
            member("has") { $0.object([("left", target)]) { $0.json.member("attr", string: path[0].string) } }
        case .like(let target, let pattern):
            member("like") { $0.object([("left", target)]) { $0.write(pattern) } }
        case .isType(let target, let type, let container):
            member("is") { writer in
                writer.object([("left", target)]) {
                    $0.json.member("entity_type", string: type.description)
                    guard let container else { return }
                    $0.json.key("in")
                    $0.write(container)
                }
            }
        default: break
        }
    }

    private mutating func member(_ key: String, _ body: (inout ExpressionWriter) -> Void) {
        json.beginObject()
        json.key(key)
        body(&self)
        json.endObject()
    }

    private mutating func operands(_ key: String, _ left: Expression, _ right: Expression) {
        member(key) { $0.object([("left", left), ("right", right)]) }
    }

    private mutating func object(
        _ members: [(key: String, value: Expression)], _ more: (inout ExpressionWriter) -> Void = { _ in }
    ) {
        json.beginObject()
        for (key, value) in members {
            json.key(key)
            write(value)
        }
        more(&self)
        json.endObject()
    }

    private mutating func array(_ elements: [Expression]) {
        json.beginArray()
        for element in elements { write(element) }
        json.endArray()
    }

    private mutating func write(_ literal: Expression.Literal) {
        switch literal {
        case .bool(let bool): json.bool(bool)
        case .long(let long): json.number(long)
        case .string(let text): json.string(text.string)
        case .entity(let uid): json.entity(uid)
        }
    }

    private mutating func write(_ pattern: Pattern) {
        json.key("pattern")
        json.beginArray()
        for element in pattern.elements {
            switch element {
            case .wildcard: json.string("Wildcard")
            case .scalar(let scalar):
                json.beginObject()
                json.member("Literal", string: String(String.UnicodeScalarView([scalar])))
                json.endObject()
            }
        }
        json.endArray()
    }
}

extension JSONWriter {
    /// `{"type": …, "id": …}`
    mutating func typeAndID(_ uid: EntityUID) {
        beginObject()
        member("type", string: uid.type.description)
        member("id", string: uid.id.string)
        endObject()
    }

    /// `{"__entity": {"type": …, "id": …}}`
    mutating func entity(_ uid: EntityUID) {
        beginObject()
        key("__entity")
        typeAndID(uid)
        endObject()
    }
}
