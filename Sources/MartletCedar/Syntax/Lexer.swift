/// Cuts policy or schema text into tokens. Source: cedar-policy 4.12, `grammar.lalrpop`, `match`.
///
/// The bytes are UTF-8, checked before. Whitespace is that of Unicode; `//` starts a comment up to the end of the line.
struct Lexer: Sendable {
    let source: [UInt8]
    private(set) var offset = 0

    init(_ source: [UInt8]) { self.source = source }

    /// The next token; `.end` for ever after the last one.
    mutating func next() throws(ParseError) -> Token {
        skipBlank()
        let start = offset
        guard let byte = byte(0) else { return Token(kind: .end, span: SourceSpan(start, start)) }
        if Self.isWordStart(byte) { return word(.identifier, from: start) }
        if Self.isDigit(byte) { return run(.number, from: start, while: Self.isDigit) }
        if byte == UInt8(ascii: "\"") { return try string(from: start) }
        if byte == UInt8(ascii: "?"), let next = self.byte(1), Self.isWordStart(next) {
            offset += 1
            return word(.slot, from: start)
        }
        guard let (kind, length) = symbol(byte) else {
            throw ParseError(.unknownCharacter, at: SourceSpan(start, start + Self.scalarLength(byte)))
        }
        offset += length
        return Token(kind: kind, span: SourceSpan(start, offset))
    }

    func byte(_ ahead: Int) -> UInt8? {
        offset + ahead < source.count ? source[offset + ahead] : nil
    }

    private mutating func word(_ kind: Token.Kind, from start: Int) -> Token {
        run(kind, from: start) { Self.isWordStart($0) || Self.isDigit($0) }
    }

    private mutating func run(_ kind: Token.Kind, from start: Int, while isPart: (UInt8) -> Bool) -> Token {
        while offset < source.count, isPart(source[offset]) { offset += 1 }
        return Token(kind: kind, span: SourceSpan(start, offset))
    }

    /// `"(\\.|[^"\\])*"`: a backslash takes any character but a line feed with it.
    private mutating func string(from start: Int) throws(ParseError) -> Token {
        offset += 1
        while let byte = byte(0) {
            offset += 1
            if byte == UInt8(ascii: "\"") { return Token(kind: .string, span: SourceSpan(start, offset)) }
            guard byte == UInt8(ascii: "\\") else { continue }
            guard let escaped = self.byte(0), escaped != UInt8(ascii: "\n") else { break }
            offset += 1
        }
        throw ParseError(.unterminatedString, at: SourceSpan(start, offset))
    }

    private mutating func skipBlank() {
        while let byte = byte(0) {
            let blank = blankLength(byte)
            if blank > 0 {
                offset += blank
            } else if byte == UInt8(ascii: "/"), self.byte(1) == UInt8(ascii: "/") {
                while let next = self.byte(0), next != UInt8(ascii: "\n"), next != UInt8(ascii: "\r") { offset += 1 }
            } else {
                return
            }
        }
    }
}
