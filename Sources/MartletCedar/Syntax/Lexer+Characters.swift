extension Lexer {
    static func isWordStart(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    static func scalarLength(_ byte: UInt8) -> Int {
        byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
    }

    /// The length of the white space character here; 0 when there is none. Source: Unicode, White_Space.
    func blankLength(_ byte: UInt8) -> Int {
        switch byte {
        case 0x09...0x0D, 0x20: 1
        case 0xC2: self.byte(1) == 0x85 || self.byte(1) == 0xA0 ? 2 : 0
        case 0xE1: self.byte(1) == 0x9A && self.byte(2) == 0x80 ? 3 : 0
        case 0xE2: isGeneralPunctuationBlank ? 3 : 0
        case 0xE3: self.byte(1) == 0x80 && self.byte(2) == 0x80 ? 3 : 0
        default: 0
        }
    }

    /// U+2000 to U+200A, U+2028, U+2029, U+202F and U+205F.
    private var isGeneralPunctuationBlank: Bool {
        guard let second = byte(1), let third = byte(2) else { return false }
        if second == 0x81 { return third == 0x9F }
        return second == 0x80 && ((0x80...0x8A).contains(third) || third == 0xA8 || third == 0xA9 || third == 0xAF)
    }

    /// The longest symbol that starts here.
    func symbol(_ byte: UInt8) -> (kind: Token.Kind, length: Int)? {
        let next = self.byte(1)
        let isBeforeEqual = next == UInt8(ascii: "=")
        return switch byte {
        case UInt8(ascii: ":"): next == byte ? (.doubleColon, 2) : (.colon, 1)
        case UInt8(ascii: "="): isBeforeEqual ? (.equal, 2) : (.assign, 1)
        case UInt8(ascii: "!"): isBeforeEqual ? (.notEqual, 2) : (.not, 1)
        case UInt8(ascii: "<"): isBeforeEqual ? (.lessOrEqual, 2) : (.less, 1)
        case UInt8(ascii: ">"): isBeforeEqual ? (.greaterOrEqual, 2) : (.greater, 1)
        case UInt8(ascii: "|"): next == byte ? (.or, 2) : nil
        case UInt8(ascii: "&"): next == byte ? (.and, 2) : nil
        default: single(byte).map { ($0, 1) }
        }
    }

    private func single(_ byte: UInt8) -> Token.Kind? {
        switch byte {
        case UInt8(ascii: "@"): .at
        case UInt8(ascii: "."): .dot
        case UInt8(ascii: ","): .comma
        case UInt8(ascii: ";"): .semicolon
        case UInt8(ascii: "?"): .questionMark
        case UInt8(ascii: "("): .openParenthesis
        case UInt8(ascii: ")"): .closeParenthesis
        case UInt8(ascii: "{"): .openBrace
        case UInt8(ascii: "}"): .closeBrace
        case UInt8(ascii: "["): .openBracket
        case UInt8(ascii: "]"): .closeBracket
        case UInt8(ascii: "+"): .plus
        case UInt8(ascii: "-"): .minus
        case UInt8(ascii: "*"): .times
        case UInt8(ascii: "/"): .divide
        case UInt8(ascii: "%"): .modulo
        default: nil
        }
    }
}
