/// What stands at the place of an expression: some of it is an expression only in some places.
///
/// A name can be a function, a type or a key; a string can be a key or a pattern. Source: cedar-policy 4.12,
/// `cst_to_ast.rs`, `ExprOrSpecial`.
enum Operand {
    case expression(Expression)
    case variable(Variable, SourceSpan)
    case name(Name, SourceSpan)
    /// Not unescaped yet; the span includes the quotes.
    case string(SourceSpan)
    case bool(Bool, SourceSpan)

    var span: SourceSpan {
        switch self {
        case .expression(let expression): expression.span
        case .variable(_, let span), .name(_, let span), .string(let span), .bool(_, let span): span
        }
    }
}

extension Operand {
    func expression(in source: [UInt8]) throws(ParseError) -> Expression {
        switch self {
        case .expression(let expression): return expression
        case .variable(let variable, let span): return Expression(.variable(variable), at: span)
        case .name(let name, let span): throw ParseError(.unknownVariable(name.description), at: span)
        case .string(let span):
            return Expression(.literal(.string(try Escapes.text(of: span, in: source))), at: span)
        case .bool(let bool, let span): return Expression(.literal(.bool(bool)), at: span)
        }
    }

    /// For keys of records: a name without `::`, a variable or a string.
    func key(in source: [UInt8]) throws(ParseError) -> Text {
        switch self {
        case .variable(let variable, _): return Text(variable.rawValue)
        case .name(let name, _) where name.namespace == nil: return name.text
        case .string(let span): return try Escapes.text(of: span, in: source)
        default: throw ParseError(.invalidOperand(expected: "a name or a string as key"), at: span)
        }
    }

    /// For `[…]`: a string.
    func index(in source: [UInt8]) throws(ParseError) -> Text {
        guard case .string(let span) = self else {
            throw ParseError(.invalidOperand(expected: "a string between `[` and `]`"), at: span)
        }
        return try Escapes.text(of: span, in: source)
    }

    /// For the right side of `like`: a string.
    func pattern(in source: [UInt8]) throws(ParseError) -> Pattern {
        guard case .string(let span) = self else {
            throw ParseError(.invalidOperand(expected: "a string after `like`"), at: span)
        }
        return try Escapes.pattern(of: span, in: source)
    }

    /// For the right side of `is`: a name.
    func entityType() throws(ParseError) -> EntityType {
        switch self {
        case .variable(let variable, _): return Name(unchecked: Text(variable.rawValue))
        case .name(let name, _): return name
        default: throw ParseError(.invalidOperand(expected: "an entity type after `is`"), at: span)
        }
    }
}
