/// One token of policy or schema text.
struct Token: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// `[_a-zA-Z][_a-zA-Z0-9]*`, words of the language included.
        case identifier
        /// `[0-9]+`
        case number
        /// The span includes the quotes; not unescaped yet.
        case string
        /// `?principal`, or another name.
        case slot
        case at, dot, comma, semicolon, colon, doubleColon, questionMark
        case openParenthesis, closeParenthesis, openBrace, closeBrace, openBracket, closeBracket
        case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual, assign
        case or, and, plus, minus, times, divide, modulo, not
        case end
    }

    let kind: Kind
    let span: SourceSpan
}

extension Token.Kind {
    /// As people write it.
    var phrase: String {
        switch self {
        case .identifier: "a name"
        case .number: "a number"
        case .string: "a string"
        case .slot: "a slot"
        case .end: "the end"
        default: "`\(symbol)`"
        }
    }

    var symbol: String {
        switch self {
        case .at: "@"
        case .dot: "."
        case .comma: ","
        case .semicolon: ";"
        case .colon: ":"
        case .doubleColon: "::"
        case .questionMark: "?"
        case .openParenthesis: "("
        case .closeParenthesis: ")"
        case .openBrace: "{"
        case .closeBrace: "}"
        case .openBracket: "["
        case .closeBracket: "]"
        case .identifier, .number, .string, .slot, .end: ""
        default: operatorSymbol
        }
    }

    private var operatorSymbol: String {
        switch self {
        case .equal: "=="
        case .notEqual: "!="
        case .less: "<"
        case .lessOrEqual: "<="
        case .greater: ">"
        case .greaterOrEqual: ">="
        case .assign: "="
        case .or: "||"
        case .and: "&&"
        case .plus: "+"
        case .minus: "-"
        case .times: "*"
        case .divide: "/"
        case .modulo: "%"
        case .not: "!"
        default: ""
        }
    }
}
