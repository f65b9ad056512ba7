/// A variable of a request.
public enum Variable: String, Hashable, Sendable, CaseIterable {
    /// Who asks.
    case principal
    /// What is asked for.
    case action
    /// On what.
    case resource
    /// Everything else about the request.
    case context
}

/// A place in a template that a link fills with an entity.
public enum Slot: String, Hashable, Sendable, CaseIterable {
    /// `?principal`
    case principal = "?principal"
    /// `?resource`
    case resource = "?resource"
}

/// An operator or method with one operand.
public enum UnaryOperator: Hashable, Sendable {
    /// `!a`
    case not
    /// `-a`
    case negate
    /// `a.isEmpty()`
    case isEmpty
}

/// An operator or method with two operands; `&&` and `||` are nodes of their own.
public enum BinaryOperator: Hashable, Sendable, CaseIterable {
    /// `a == b`
    case equal
    /// `a != b`
    case notEqual
    /// `a < b`
    case less
    /// `a <= b`
    case lessOrEqual
    /// `a > b`
    case greater
    /// `a >= b`
    case greaterOrEqual
    /// `a + b`
    case add
    /// `a - b`
    case subtract
    /// `a * b`
    case multiply
    /// `a in b`
    case `in`
    /// `a.contains(b)`
    case contains
    /// `a.containsAll(b)`
    case containsAll
    /// `a.containsAny(b)`
    case containsAny
    /// `a.getTag(b)`
    case getTag
    /// `a.hasTag(b)`
    case hasTag
}

extension UnaryOperator {
    /// As written in Cedar, without parentheses.
    public var symbol: String {
        switch self {
        case .not: "!"
        case .negate: "-"
        case .isEmpty: "isEmpty"
        }
    }
}

extension BinaryOperator {
    /// As written in Cedar; the name of a method without parentheses.
    public var symbol: String {
        switch self {
        case .equal: "=="
        case .notEqual: "!="
        case .less: "<"
        case .lessOrEqual: "<="
        case .greater: ">"
        case .greaterOrEqual: ">="
        case .add: "+"
        case .subtract: "-"
        case .multiply: "*"
        case .in: "in"
        case .contains: "contains"
        case .containsAll: "containsAll"
        case .containsAny: "containsAny"
        case .getTag: "getTag"
        case .hasTag: "hasTag"
        }
    }

    /// Whether it is written as `a.method(b)`.
    public var isMethod: Bool {
        switch self {
        case .contains, .containsAll, .containsAny, .getTag, .hasTag: true
        default: false
        }
    }

    /// The method of this name; nil for every other word.
    static func method(named name: Text) -> BinaryOperator? {
        [.contains, .containsAll, .containsAny, .getTag, .hasTag].first { name == Text($0.symbol) }
    }
}
