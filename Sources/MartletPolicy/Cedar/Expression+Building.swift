import MartletCedar
import MartletCore

/// Shorthand for the expressions of compiled policies.
extension Expression {
    static func context(_ path: Text...) -> Expression {
        path.reduce(Expression(.variable(.context))) { $0[$1] }
    }

    subscript(name: Text) -> Expression { Expression(.getAttribute(self, name)) }

    static func long(_ value: Int64) -> Expression { Expression(.literal(.long(value))) }
    static func text(_ value: Text) -> Expression { Expression(.literal(.string(value))) }
    static func bool(_ value: Bool) -> Expression { Expression(.literal(.bool(value))) }
    static func entity(_ uid: EntityUID) -> Expression { Expression(.literal(.entity(uid))) }

    static func compare(_ symbol: BinaryOperator, _ left: Expression, _ right: Expression) -> Expression {
        Expression(.binary(symbol, left, right))
    }

    static func not(_ operand: Expression) -> Expression { Expression(.unary(.not, operand)) }
    static func either(_ left: Expression, _ right: Expression) -> Expression { Expression(.or(left, right)) }

    func has(_ name: Text) -> Expression { Expression(.hasAttribute(self, [name])) }

    /// All of them, in order; at least one.
    static func all(_ parts: [Expression]) -> Expression {
        parts.dropFirst().reduce(parts.first ?? .bool(false)) { Expression(.and($0, $1)) }
    }

    /// One of them; nested no deeper than it must be, because there may be many.
    static func any(_ parts: ArraySlice<Expression>) -> Expression {
        guard parts.count > 1 else { return parts.first ?? .bool(false) }
        let middle = parts.startIndex + parts.count / 2
        return either(any(parts[..<middle]), any(parts[middle...]))
    }

    /// `[…].containsAll(values)`; a list of nothing holds for nothing, and `[]` has no type.
    static func list(_ elements: [Expression], holds values: Expression) -> Expression {
        elements.isEmpty ? .bool(false) : .compare(.containsAll, Expression(.set(elements)), values)
    }

    /// `text like "beginning*"`
    static func begins(_ text: Expression, with beginning: String) -> Expression {
        Expression(.like(text, Pattern(beginning.unicodeScalars.map { .scalar($0) } + [.wildcard])))
    }

    static func datetime(_ time: UnixTime) -> Expression {
        let time = Datetime(time)
        if let text = time.rfc3339 { return Expression(.call(.datetime, [.text(Text(text))])) }
        let epoch = Expression(.call(.datetime, [.text("1970-01-01")]))
        let length = Expression(.call(.duration, [.text(Text("\(time.milliseconds)ms"))]))
        return Expression(.call(.offset, [epoch, length]))
    }

    static func duration(_ seconds: Seconds) -> Expression {
        Expression(.call(.duration, [.text(Text("\(seconds.count)s"))]))
    }
}

extension Datetime {
    /// As Cedar reads it; nil outside of the years that it writes with four digits.
    fileprivate var rfc3339: String? {
        let text = UnixTime(microseconds: milliseconds.multipliedReportingOverflow(by: 1_000).partialValue).rfc3339
        guard (-62_167_219_200_000...253_402_300_799_999).contains(milliseconds), text.utf8.count == 27 else {
            return nil
        }
        // Milliseconds only where there are any.
        let fraction = text.utf8.dropFirst(20).prefix(3)
        let seconds = text.prefix(19)
        return fraction.elementsEqual("000".utf8) ? "\(seconds)Z" : "\(text.prefix(23))Z"
    }
}
