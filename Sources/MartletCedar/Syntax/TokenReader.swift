/// Reads the tokens of a source one by one, with one token of sight; counts nesting.
struct TokenReader: Sendable {
    let source: [UInt8]
    let limits: ParseLimits
    private var lexer: Lexer
    private(set) var token: Token
    /// The end of the token before.
    private(set) var lastEnd = 0
    private var nesting = 0

    /// Checks the bytes and reads the first token.
    init(_ source: [UInt8], limits: ParseLimits) throws(ParseError) {
        let all = SourceSpan(0, source.count)
        guard source.count <= limits.maximumBytes else { throw ParseError(.limitExceeded("bytes"), at: all) }
        guard String(validating: source, as: UTF8.self) != nil else { throw ParseError(.invalidUTF8, at: all) }
        self.source = source
        self.limits = limits
        lexer = Lexer(source)
        token = try lexer.next()
    }

    /// Moves on and returns the token that was read.
    @discardableResult
    mutating func advance() throws(ParseError) -> Token {
        let read = token
        lastEnd = read.span.end
        token = try lexer.next()
        return read
    }

    func isAt(_ kind: Token.Kind) -> Bool { token.kind == kind }

    /// Whether this token is the word `word`.
    func isAt(word: StaticString) -> Bool { token.kind == .identifier && isWord(token, word) }

    func isWord(_ token: Token, _ word: StaticString) -> Bool {
        guard token.span.end - token.span.start == word.utf8CodeUnitCount else { return false }
        // Safe: the buffer is read inside of the closure only.
        return word.withUTF8Buffer { unsafe $0.elementsEqual(bytes(of: token.span)) }
    }

    /// Moves past a token of this kind when it is here.
    mutating func skip(_ kind: Token.Kind) throws(ParseError) -> Bool {
        guard token.kind == kind else { return false }
        try advance()
        return true
    }

    /// Moves past this word when it is here.
    mutating func skip(word: StaticString) throws(ParseError) -> Bool {
        guard isAt(word: word) else { return false }
        try advance()
        return true
    }

    /// Moves past a token of this kind; anything else is an error.
    @discardableResult
    mutating func expect(_ kind: Token.Kind, _ phrase: String? = nil) throws(ParseError) -> Token {
        guard token.kind == kind else { throw unexpected(phrase ?? kind.phrase) }
        return try advance()
    }

    /// Moves past this word; anything else is an error.
    mutating func expect(word: StaticString) throws(ParseError) {
        guard try skip(word: word) else { throw unexpected("`\(word)`") }
    }

    /// Enters one level of nesting; pair with ``leave()``.
    mutating func enter() throws(ParseError) {
        nesting += 1
        guard nesting <= limits.maximumNesting else { throw ParseError(.limitExceeded("nesting"), at: token.span) }
    }

    mutating func leave() { nesting -= 1 }

    func bytes(of span: SourceSpan) -> ArraySlice<UInt8> { source[span.start..<span.end] }

    func text(of token: Token) -> Text { Text(bytes(of: token.span)) }

    /// The source of a span for error texts: at most 60 characters.
    func snippet(_ span: SourceSpan) -> String {
        let text = String(decoding: bytes(of: span), as: UTF8.self)
        return text.count > 60 ? text.prefix(60) + "…" : text
    }

    func unexpected(_ expected: String) -> ParseError {
        let found = token.kind == .end ? "the end" : "`\(snippet(token.span))`"
        return ParseError(.unexpected(found: found, expected: expected), at: token.span)
    }
}
