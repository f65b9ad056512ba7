extension ExpressionParser {
    /// `Relation := Add {RelOp Add} | Add 'has' … | Add 'like' Add | Add 'is' Add ['in' Add]`
    mutating func relation() throws(ParseError) -> Operand {
        let start = reader.token.span
        let left = try sum()
        if reader.isAt(word: "has") { return try has(left, from: start) }
        if reader.isAt(word: "like") { return try like(left, from: start) }
        if reader.isAt(word: "is") { return try isType(left, from: start) }
        guard let comparison = try comparison() else { return left }
        let first = try left.expression(in: source)
        let second = try sum().expression(in: source)
        let result = try make(.binary(comparison, first, second), from: start)
        let next = reader.token.span
        guard try self.comparison() == nil else { throw ParseError(.ambiguousOperators, at: next) }
        return result
    }

    /// Moves past a comparison or `in`; nil when there is none.
    private mutating func comparison() throws(ParseError) -> BinaryOperator? {
        let found: BinaryOperator? =
            switch reader.token.kind {
            case .equal: .equal
            case .notEqual: .notEqual
            case .less: .less
            case .lessOrEqual: .lessOrEqual
            case .greater: .greater
            case .greaterOrEqual: .greaterOrEqual
            case .assign: throw ParseError(.unsupportedOperator("="), at: reader.token.span)
            default: reader.isAt(word: "in") ? .in : nil
            }
        if found != nil { try reader.advance() }
        return found
    }

    /// `a has b`, `a has b.c`, `a has "b"`
    private mutating func has(_ left: Operand, from start: SourceSpan) throws(ParseError) -> Operand {
        try reader.advance()
        let target = try left.expression(in: source)
        if reader.isAt(.string) {
            let key = try Escapes.text(of: try reader.advance().span, in: source)
            return try make(.hasAttribute(target, [key]), from: start)
        }
        var path = [try attributeName()]
        while try reader.skip(.dot) { path.append(try attributeName()) }
        // `a has b.c` stands for a tree as high as the path is long.
        guard target.height + path.count * 2 <= reader.limits.maximumHeight else {
            throw ParseError(.limitExceeded("height of an expression"), at: start)
        }
        return try make(.hasAttribute(target, path), from: start)
    }

    private mutating func like(_ left: Operand, from start: SourceSpan) throws(ParseError) -> Operand {
        try reader.advance()
        let target = try left.expression(in: source)
        let pattern = try sum().pattern(in: source)
        return try make(.like(target, pattern), from: start)
    }

    private mutating func isType(_ left: Operand, from start: SourceSpan) throws(ParseError) -> Operand {
        try reader.advance()
        let target = try left.expression(in: source)
        let type = try sum().entityType()
        let container = try reader.skip(word: "in") ? try sum().expression(in: source) : nil
        return try make(.isType(target, type, in: container), from: start)
    }

    /// An identifier after `.` or `has`: no word of the language and not `__cedar`.
    mutating func attributeName() throws(ParseError) -> Text {
        guard reader.isAt(.identifier) else { throw reader.unexpected("the name of an attribute") }
        let token = try reader.advance()
        try reader.checkName(token)
        guard !reader.isWord(token, "__cedar") else { throw ParseError(.reservedName("__cedar"), at: token.span) }
        return reader.text(of: token)
    }
}

extension TokenReader {
    /// Refuses words of the language.
    func checkName(_ token: Token) throws(ParseError) {
        guard !Identifier.isReserved(bytes(of: token.span)) else {
            throw ParseError(.reservedWord(snippet(token.span)), at: token.span)
        }
    }

    /// Whether the token after this one is `::`; only `if` needs to know.
    var isBeforeDoubleColon: Bool {
        var ahead = self
        do throws(ParseError) {
            try ahead.advance()
            return ahead.isAt(.doubleColon)
        } catch {
            return false
        }
    }
}
