extension ExpressionParser {
    /// `Member := Primary { '.' IDENT ['(' … ')'] | '[' Expr ']' }`, or a call of a function.
    mutating func member() throws(ParseError) -> Operand {
        let start = reader.token.span
        var left = try primary()
        if reader.isAt(.openParenthesis) { left = try call(left, from: start) }
        while true {
            switch reader.token.kind {
            case .dot: left = try dot(left, from: start)
            case .openBracket:
                try reader.advance()
                let target = try left.expression(in: source)
                let key = try operand().index(in: source)
                try reader.expect(.closeBracket)
                left = try make(.getAttribute(target, key), from: start)
            case .openParenthesis: throw ParseError(.notCallable, at: SourceSpan(start.start, reader.lastEnd))
            default: return left
            }
        }
    }

    /// `name(a, b)`
    private mutating func call(_ left: Operand, from start: SourceSpan) throws(ParseError) -> Operand {
        guard case .name(let name, let span) = left else { throw ParseError(.notCallable, at: left.span) }
        guard let function = ExtensionFunction.named(name.text), function.isConstructor else {
            throw ParseError(.unknownFunction(name.description), at: span)
        }
        try reader.advance()
        return try make(.call(function, try expressions(until: .closeParenthesis)), from: start)
    }

    /// `a.b` or `a.method(b)`
    private mutating func dot(_ left: Operand, from start: SourceSpan) throws(ParseError) -> Operand {
        try reader.advance()
        let target = try left.expression(in: source)
        let nameSpan = reader.token.span
        let name = try attributeName()
        guard try reader.skip(.openParenthesis) else { return try make(.getAttribute(target, name), from: start) }
        let arguments = try expressions(until: .closeParenthesis)
        if name.isEqual(to: "isEmpty") {
            try check(name, arguments, takes: 0, at: nameSpan)
            return try make(.unary(.isEmpty, target), from: start)
        }
        if let method = BinaryOperator.method(named: name) {
            try check(name, arguments, takes: 1, at: nameSpan)
            return try make(.binary(method, target, arguments[0]), from: start)
        }
        guard let function = ExtensionFunction.named(name), !function.isConstructor else {
            throw ParseError(.unknownFunction(name.string), at: nameSpan)
        }
        return try make(.call(function, [target] + arguments), from: start)
    }

    private func check(
        _ name: Text, _ arguments: [Expression], takes count: Int, at span: SourceSpan
    ) throws(ParseError) {
        guard arguments.count == count else {
            let kind = ParseError.Kind.wrongArgumentCount(
                method: name.string, expected: count, found: arguments.count)
            throw ParseError(kind, at: span)
        }
    }

    /// `-1` is one literal, so that the smallest integer can be written; nil when something follows that binds tighter.
    mutating func negativeLiteral(from start: SourceSpan) throws(ParseError) -> Expression? {
        var ahead = reader
        let digits = try ahead.advance()
        guard !ahead.isAt(.dot), !ahead.isAt(.openBracket), !ahead.isAt(.openParenthesis) else { return nil }
        reader = ahead
        guard let value = Int64("-" + String(decoding: reader.bytes(of: digits.span), as: UTF8.self)) else {
            throw ParseError(.integerTooLarge, at: digits.span)
        }
        return try makeExpression(.literal(.long(value)), from: start)
    }

    mutating func integer() throws(ParseError) -> Int64 {
        let digits = try reader.advance()
        guard let value = Int64(String(decoding: reader.bytes(of: digits.span), as: UTF8.self)) else {
            throw ParseError(.integerTooLarge, at: digits.span)
        }
        return value
    }
}
