/// A token with the comments that belong to it.
struct CommentedToken {
    let kind: Token.Kind
    let text: Substring
    /// The comments on lines of their own before it.
    var leading: [Substring]
    /// The comment behind it on its line.
    var trailing: Substring?

    func isWord(_ word: String) -> Bool { kind == .identifier && text.utf8.elementsEqual(word.utf8) }
}

/// The tokens of a text, and the comments after the last of them.
///
/// Comments are without white space at their ends. A comma before a closing bracket is left out; its comments stay.
struct CommentedTokens {
    private(set) var tokens: [CommentedToken] = []
    private(set) var final: [Substring] = []

    private let source: [UInt8]
    /// Comments on lines of their own since the last token.
    private var waiting: [Substring] = []

    /// Reads a text that was parsed before.
    init(_ source: [UInt8]) throws(ParseError) {
        self.source = source
        var lexer = Lexer(source)
        var end = 0
        while true {
            let token = try lexer.next()
            readComments(end, token.span.start)
            end = token.span.end
            guard token.kind != .end else { break }
            add(token)
        }
        final = waiting
    }

    /// All comments in order.
    var comments: [Text] {
        tokens.flatMap { ($0.leading + ($0.trailing.map { [$0] } ?? [])).map { Text(String($0)) } }
            + final.map { Text(String($0)) }
    }

    private mutating func add(_ token: Token) {
        if [.closeParenthesis, .closeBracket, .closeBrace].contains(token.kind) { dropComma() }
        let text = string(token.span.start, token.span.end)
        tokens.append(CommentedToken(kind: token.kind, text: text, leading: waiting))
        waiting = []
    }

    private mutating func dropComma() {
        guard let comma = tokens.last, comma.kind == .comma else { return }
        tokens.removeLast()
        let last = tokens.count - 1
        if last >= 0, tokens[last].trailing == nil, comma.leading.isEmpty {
            tokens[last].trailing = comma.trailing
        } else {
            waiting = comma.leading + (comma.trailing.map { [$0] } ?? []) + waiting
        }
    }

    /// The comments between two tokens: one on the line of the first belongs to it.
    private mutating func readComments(_ start: Int, _ end: Int) {
        var index = start
        var isNewLine = tokens.isEmpty
        while index < end {
            if Self.isBreak(source[index]) { isNewLine = true }
            guard source[index] == UInt8(ascii: "/") else {
                index += 1
                continue
            }
            let first = index
            while index < end, !Self.isBreak(source[index]) { index += 1 }
            var last = index
            while last > first, source[last - 1] <= 0x20 { last -= 1 }
            let comment = string(first, last)
            if isNewLine { waiting.append(comment) } else { tokens[tokens.count - 1].trailing = comment }
        }
    }

    private static func isBreak(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }

    private func string(_ start: Int, _ end: Int) -> Substring {
        String(decoding: source[start..<end], as: UTF8.self)[...]
    }
}
