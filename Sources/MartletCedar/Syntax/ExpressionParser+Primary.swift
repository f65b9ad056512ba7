extension ExpressionParser {
    /// `Primary := LITERAL | Ref | Name | Slot | '(' Expr ')' | '[' … ']' | '{' … '}'`
    mutating func primary() throws(ParseError) -> Operand {
        let start = reader.token.span
        switch reader.token.kind {
        case .number: return try make(.literal(.long(try integer())), from: start)
        case .string: return .string(try reader.advance().span)
        case .slot: return try slot()
        case .identifier: return try word()
        case .openParenthesis:
            try reader.advance()
            let inner = try expression()
            try reader.expect(.closeParenthesis)
            return .expression(inner)
        case .openBracket:
            try reader.advance()
            return try make(.set(try expressions(until: .closeBracket)), from: start)
        case .openBrace: return try record()
        default: throw reader.unexpected("an expression")
        }
    }

    /// `a, b,` and the closing token.
    mutating func expressions(until close: Token.Kind) throws(ParseError) -> [Expression] {
        var list: [Expression] = []
        while !reader.isAt(close) {
            list.append(try expression())
            guard try reader.skip(.comma) else { break }
        }
        try reader.expect(close, "`,` or \(close.phrase)")
        return list
    }

    private mutating func record() throws(ParseError) -> Operand {
        let start = try reader.advance().span
        var fields: [Expression.Field] = []
        var keys: Set<Text> = []
        while !reader.isAt(.closeBrace) {
            let left = try operand()
            let key = try left.key(in: source)
            guard keys.insert(key).inserted else { throw ParseError(.duplicateKey(key.string), at: left.span) }
            try reader.expect(.colon)
            fields.append(Expression.Field(key: key, value: try expression()))
            guard try reader.skip(.comma) else { break }
        }
        try reader.expect(.closeBrace, "`,` or `}`")
        return try make(.record(fields), from: start)
    }

    private mutating func slot() throws(ParseError) -> Operand {
        let token = try reader.advance()
        let name = reader.text(of: token)
        guard let slot = Slot.allCases.first(where: { Text($0.rawValue) == name }) else {
            throw ParseError(.invalidSlot(name.string), at: token.span)
        }
        return try make(.slot(slot), from: token.span)
    }

    /// A boolean, a variable, a name, or an entity.
    private mutating func word() throws(ParseError) -> Operand {
        let first = try reader.advance()
        if !reader.isAt(.doubleColon) {
            if reader.isWord(first, "true") { return .bool(true, first.span) }
            if reader.isWord(first, "false") { return .bool(false, first.span) }
            if let variable = Variable.allCases.first(where: { Text($0.rawValue) == reader.text(of: first) }) {
                return .variable(variable, first.span)
            }
        }
        return try path(from: first)
    }

    /// `A::B`, or `A::B::"id"`.
    private mutating func path(from first: Token) throws(ParseError) -> Operand {
        try reader.checkName(first)
        var parts = [reader.text(of: first)]
        while try reader.skip(.doubleColon) {
            if reader.isAt(.string) { return try entity(parts, from: first.span) }
            guard reader.isAt(.identifier) else { throw reader.unexpected("a name or a string after `::`") }
            let part = try reader.advance()
            try reader.checkName(part)
            parts.append(reader.text(of: part))
        }
        return .name(try name(parts, from: first.span), SourceSpan(first.span.start, reader.lastEnd))
    }

    private mutating func entity(_ parts: [Text], from start: SourceSpan) throws(ParseError) -> Operand {
        let type = try name(parts, from: start)
        let id = try Escapes.text(of: try reader.advance().span, in: source)
        return try make(.literal(.entity(EntityUID(type: type, id: id))), from: start)
    }

    private func name(_ parts: [Text], from start: SourceSpan) throws(ParseError) -> Name {
        let name = Name(unchecked: parts)
        guard !name.isReserved else {
            throw ParseError(.reservedName(name.description), at: SourceSpan(start.start, reader.lastEnd))
        }
        return name
    }
}
