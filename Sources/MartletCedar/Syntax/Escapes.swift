/// Reads the escapes of string literals. Source: cedar-policy 4.12, `unescape.rs` (the rules of Rust's literals).
struct Escapes {
    let source: [UInt8]
    /// The next byte to read and the one past the last, without the quotes.
    private var offset: Int
    private let end: Int
    private let isPattern: Bool

    private init(_ source: [UInt8], _ literal: SourceSpan, isPattern: Bool) {
        self.source = source
        self.isPattern = isPattern
        offset = literal.start + 1
        end = literal.end - 1
    }

    /// The text of a string literal; the span includes the quotes.
    static func text(of literal: SourceSpan, in source: [UInt8]) throws(ParseError) -> Text {
        var escapes = Escapes(source, literal, isPattern: false)
        var bytes: [UInt8] = []
        while let (scalar, _) = try escapes.next() { bytes.append(contentsOf: UTF8.encode(scalar) ?? .init()) }
        return Text(utf8: bytes)
    }

    /// The pattern of a string literal: `*` stands for any text, `\*` for a star.
    static func pattern(of literal: SourceSpan, in source: [UInt8]) throws(ParseError) -> Pattern {
        var escapes = Escapes(source, literal, isPattern: true)
        var elements: [Pattern.Element] = []
        while let (scalar, isEscaped) = try escapes.next() {
            elements.append(scalar == "*" && !isEscaped ? .wildcard : .scalar(scalar))
        }
        return Pattern(elements)
    }

    /// The next character and whether it was written as `\*`; nil at the end.
    private mutating func next() throws(ParseError) -> (scalar: Unicode.Scalar, isStar: Bool)? {
        guard offset < end else { return nil }
        let start = offset
        let byte = source[offset]
        guard byte != UInt8(ascii: "\r") else { throw error(from: start) }
        guard byte == UInt8(ascii: "\\") else { return (unescaped(byte), false) }
        offset += 1
        guard offset < end else { throw error(from: start) }
        let escape = source[offset]
        offset += 1
        if isPattern, escape == UInt8(ascii: "*") { return ("*", true) }
        return (try escaped(escape, from: start), false)
    }

    private mutating func unescaped(_ byte: UInt8) -> Unicode.Scalar {
        let length = Lexer.scalarLength(byte)
        defer { offset += length }
        var value = length == 1 ? UInt32(byte) : UInt32(byte) & (0xFF >> UInt32(length + 1))
        for ahead in 1..<max(length, 1) where offset + ahead < end {
            value = value << 6 | UInt32(source[offset + ahead] & 0x3F)
        }
        return Unicode.Scalar(value) ?? "\u{FFFD}"
    }

    private mutating func escaped(_ escape: UInt8, from start: Int) throws(ParseError) -> Unicode.Scalar {
        switch escape {
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "0"): return "\0"
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "'"): return "'"
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "x"): return try hexadecimal(from: start)
        case UInt8(ascii: "u"): return try codePoint(from: start)
        default: throw error(from: start)
        }
    }

    /// `\x41`: exactly two digits, at most 7F.
    private mutating func hexadecimal(from start: Int) throws(ParseError) -> Unicode.Scalar {
        guard offset + 1 < end, let high = Self.hexValue(source[offset]), let low = Self.hexValue(source[offset + 1]),
            high < 8, let scalar = Unicode.Scalar(high << 4 | low)
        else { throw error(from: start) }
        offset += 2
        return scalar
    }

    /// `\u{1f600}`: one to six digits, underscores after the first one.
    private mutating func codePoint(from start: Int) throws(ParseError) -> Unicode.Scalar {
        guard offset < end, source[offset] == UInt8(ascii: "{") else { throw error(from: start) }
        offset += 1
        var value: UInt32 = 0
        var digits = 0
        while offset < end, source[offset] != UInt8(ascii: "}") {
            let byte = source[offset]
            offset += 1
            if byte == UInt8(ascii: "_"), digits > 0 { continue }
            guard let digit = Self.hexValue(byte), digits < 6 else { throw error(from: start) }
            value = value << 4 | digit
            digits += 1
        }
        guard offset < end, digits > 0, let scalar = Unicode.Scalar(value) else { throw error(from: start) }
        offset += 1
        return scalar
    }

    static func hexValue(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    private func error(from start: Int) -> ParseError {
        ParseError(.invalidEscape, at: SourceSpan(start, max(offset, start + 1)))
    }
}
