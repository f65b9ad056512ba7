/// Lays policies out, token by token, in the order of the text. The tokens are those of a text that was parsed before.
///
/// Recursion is bounded by the nesting that the parser allows.
struct PolicyLayout {
    private let tokens: [CommentedToken]
    private var index = 0
    /// Comments that were written before their token.
    private var hoisted = -1
    let indent: Int

    init(_ tokens: [CommentedToken], indent: Int) {
        self.tokens = tokens
        self.indent = indent
    }

    /// One layout for each policy.
    mutating func policies() -> [Layout] {
        var layouts: [Layout] = []
        while current != nil { layouts.append(policy()) }
        return layouts
    }

    var current: CommentedToken? { index < tokens.count ? tokens[index] : nil }

    func isAt(_ kind: Token.Kind) -> Bool { current?.kind == kind }

    func isAt(word: String) -> Bool { current?.isWord(word) ?? false }

    /// The comments before the next token, which is written without them then.
    mutating func leadingComments() -> Layout {
        guard let current, hoisted != index else { return .empty }
        hoisted = index
        guard !current.leading.isEmpty else { return .empty }
        return current.leading.reduce(Layout.hardBreak) { $0 + .text($1) + .hardBreak }
    }

    /// The next token without its comments, and what comes after it on its line: its comment, or `next`.
    mutating func bare(then next: Layout = .empty) -> (token: Layout, after: Layout) {
        guard let current else { return (.empty, next) }
        index += 1
        let after = current.trailing.map { Layout.space + .text($0) + .hardBreak } ?? next
        return (.text(current.text), after)
    }

    /// The next token with its comments.
    mutating func take(then next: Layout = .empty) -> Layout {
        let leading = leadingComments()
        let (token, after) = bare(then: next)
        return leading + token + after
    }

    private mutating func policy() -> Layout {
        var layout = Layout.empty
        while isAt(.at) { layout += annotation() }
        layout += leadingComments()
        let effect = take() + .line
        layout += (effect + take()).grouped
        layout += scope()
        let hasConditions = tokens.dropFirst(index + 1).first?.kind == .identifier
        layout += take(then: hasConditions ? .hardBreak : .empty)
        var isFirst = true
        while isAt(.identifier) {
            if !isFirst { layout += .hardBreak }
            isFirst = false
            layout += condition()
        }
        return layout + take()
    }

    private mutating func annotation() -> Layout {
        let name = take() + take()
        guard isAt(.openParenthesis) else { return name + .hardBreak }
        let value = take() + take()
        return name + value + take(then: .hardBreak)
    }

    /// On one line when it demands nothing, else a line for each variable.
    private mutating func scope() -> Layout {
        let start = index
        let isPlain =
            tokens.dropFirst(start).prefix(5).map(\.kind)
            == [.identifier, .comma, .identifier, .comma, .identifier]
            && tokens.dropFirst(start + 5).first?.kind == .closeParenthesis
        let between = isPlain ? Layout.space : .hardBreak
        var layout = isPlain ? Layout.empty : .hardBreak
        for position in 0..<3 {
            layout += variable()
            if position < 2 { layout += take(then: between) }
        }
        let nested = layout.nested(by: indent)
        return isPlain ? nested.grouped : nested + .hardBreak
    }

    /// `principal`, `principal is T`, `principal is T in e`, `principal == e`, `principal in e`
    private mutating func variable() -> Layout {
        let leading = leadingComments()
        let (name, after) = bare()
        var layout = name + after
        if isAt(word: "is") {
            let type = (.line + take()).grouped + (.line + sum())
            layout += type.nested(by: indent).grouped
        }
        guard isAt(.equal) || isAt(word: "in") else { return leading + layout }
        let left = (layout + .line + take()).grouped
        return leading + (left + (.line + expression()).nested(by: indent)).grouped
    }

    /// `when { … }`
    private mutating func condition() -> Layout {
        let leading = leadingComments()
        let (word, after) = bare(then: .line)
        var layout = word + after + leadingComments()
        let (brace, inside) = bare(then: .line)
        let body = inside + leadingComments() + expression().grouped
        layout += brace + (body.nested(by: indent) + .line + take()).grouped
        return leading + layout.grouped
    }
}
