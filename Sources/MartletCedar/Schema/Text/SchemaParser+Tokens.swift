extension SchemaParser {
    /// Whether the next token is this word; schema keywords are names elsewhere.
    func isWord(_ word: StaticString) -> Bool {
        token.kind == .identifier && Text(source[token.span.start..<token.span.end]).isEqual(to: word)
    }

    mutating func takeWord(_ word: StaticString) throws(SchemaError) -> Bool {
        guard isWord(word) else { return false }
        try advance()
        return true
    }

    mutating func take(_ kind: Token.Kind) throws(SchemaError) -> Bool {
        guard token.kind == kind else { return false }
        try advance()
        return true
    }

    mutating func expect(_ kind: Token.Kind) throws(SchemaError) {
        guard try take(kind) else { throw unexpected(kind.phrase) }
    }

    func unexpected(_ expected: String) -> SchemaError {
        let found = token.kind == .end ? Token.Kind.end.phrase : "`\(text(of: token.span).string)`"
        return SchemaError(.syntax(.unexpected(found: found, expected: expected)), at: token.span)
    }

    func text(of span: SourceSpan) -> Text { Text(source[span.start..<span.end]) }

    /// A word that can be a name.
    mutating func identifier() throws(SchemaError) -> (text: Text, span: SourceSpan) {
        guard token.kind == .identifier else { throw unexpected("a name") }
        let span = token.span
        let text = text(of: span)
        guard Identifier.isValid(text.utf8) else { throw SchemaError(.reservedName(text.string), at: span) }
        try advance()
        return (text, span)
    }

    /// A word that can be declared: a name outside of `__cedar`.
    mutating func declared() throws(SchemaError) -> (text: Text, span: SourceSpan) {
        let name = try identifier()
        guard !Name(unchecked: name.text).isReserved else {
            throw SchemaError(.reservedName(name.text.string), at: name.span)
        }
        return name
    }

    mutating func string() throws(SchemaError) -> Text {
        guard token.kind == .string else { throw unexpected("a string") }
        let span = token.span
        try advance()
        do {
            return try Escapes.text(of: span, in: source)
        } catch {
            throw SchemaError(.syntax(error.kind), at: error.span)
        }
    }

    /// An identifier or a string: the names of attributes and actions.
    mutating func name() throws(SchemaError) -> (text: Text, span: SourceSpan) {
        guard token.kind == .string else { return try identifier() }
        let span = token.span
        return (try string(), span)
    }

    /// `A::B::C`
    mutating func path() throws(SchemaError) -> TypeReference {
        let first = try identifier()
        var parts = [first.text]
        var span = first.span
        while try take(.doubleColon) {
            let next = try identifier()
            parts.append(next.text)
            span = span.through(next.span)
        }
        return TypeReference(Name(unchecked: parts), at: span)
    }

    /// Elements separated by commas up to a token that is not one; at least one, no comma behind the last.
    mutating func list<Element>(
        _ element: (inout SchemaParser) throws(SchemaError) -> Element
    ) throws(SchemaError) -> [Element] {
        var elements = [try element(&self)]
        while try take(.comma) { elements.append(try element(&self)) }
        return elements
    }

    /// One type, or a list in brackets that may be empty.
    mutating func entityTypes() throws(SchemaError) -> [TypeReference] {
        guard try take(.openBracket) else { return [try path()] }
        guard try !take(.closeBracket) else { return [] }
        let types = try list { parser throws(SchemaError) in try parser.path() }
        try expect(.closeBracket)
        return types
    }
}
