extension PolicyLayout {
    mutating func expression() -> Layout {
        guard isAt(word: "if") else { return or() }
        let condition = branch()
        let then = branch()
        return (condition + .line + then + .line + branch()).grouped
    }

    /// `if`, `then` or `else`, and the expression below it.
    private mutating func branch() -> Layout {
        take() + (.line + expression()).nested(by: indent)
    }

    private mutating func or() -> Layout {
        var layout = and()
        while isAt(.or) {
            layout += .space + take(then: .line)
            layout += and()
        }
        return layout
    }

    private mutating func and() -> Layout {
        var layout = relation()
        while isAt(.and) {
            layout += .space + take(then: .line)
            layout += relation()
        }
        return layout
    }

    private mutating func relation() -> Layout {
        let left = sum()
        if isAt(word: "has") || isAt(word: "like") {
            let symbol = take()
            return (left + .line + symbol + .line + sum().nested(by: indent)).grouped
        }
        if isAt(word: "is") { return isType(left) }
        switch current?.kind {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: break
        default: guard isAt(word: "in") else { return left }
        }
        let symbol = take()
        return left + .space + symbol + .space + sum()
    }

    private mutating func isType(_ left: Layout) -> Layout {
        let symbol = take()
        let layout = left + .space + symbol + .space + sum().nested(by: indent)
        guard isAt(word: "in") else { return layout.grouped }
        let container = .line + take() + .space
        return (layout + container + sum().nested(by: indent)).grouped
    }

    mutating func sum() -> Layout {
        var layout = product()
        var isAlone = true
        while isAt(.plus) || isAt(.minus) {
            isAlone = false
            layout += .space + take() + .line
            layout += product()
        }
        return isAlone ? layout : layout.grouped
    }

    private mutating func product() -> Layout {
        var layout = unary()
        var isAlone = true
        while isAt(.times) {
            isAlone = false
            layout += .space + take() + .line
            layout += unary()
        }
        return isAlone ? layout : layout.grouped
    }

    private mutating func unary() -> Layout {
        var layout = Layout.empty
        while isAt(.not) || isAt(.minus) { layout += take() }
        return layout + member()
    }

    /// What follows the first part goes below it when it is too long.
    private mutating func member() -> Layout {
        let first = primary()
        var rest = Layout.empty
        while let access = access() { rest = rest.isEmpty ? access : rest + .cut + access }
        return (first + rest.nested(by: indent)).grouped
    }

    private mutating func access() -> Layout? {
        switch current?.kind {
        case .dot:
            let dot = take()
            return dot + take()
        case .openBracket:
            let open = take()
            let index = expression()
            return open + index + take()
        case .openParenthesis:
            let open = take()
            guard !isAt(.closeParenthesis) else { return open + take() }
            let arguments = (.cut + list(until: .closeParenthesis)).nested(by: indent) + .cut
            return open + arguments + take()
        default: return nil
        }
    }

    private mutating func primary() -> Layout {
        switch current?.kind {
        case .openParenthesis:
            let open = take()
            // By one, as wide as the parenthesis is.
            let inner = expression().nested(by: 1)
            return (open + inner + take()).grouped
        case .openBracket:
            let open = take()
            let elements = list(until: .closeBracket).nested(by: 1)
            return open + elements + take()
        case .openBrace: return record()
        case .identifier: return path()
        default: return take()
        }
    }

    /// `A::B::"id"`
    private mutating func path() -> Layout {
        var layout = take()
        while isAt(.doubleColon) {
            layout += take()
            layout += take()
        }
        return layout
    }

    private mutating func record() -> Layout {
        let open = take()
        var fields = Layout.empty
        while current != nil, !isAt(.closeBrace) {
            if isAt(.comma) { fields += take() + .line }
            fields += expression()
            fields += take() + .space
            fields += expression()
        }
        let body = fields.isEmpty ? fields : (.line + fields + .line).grouped
        return open + body.nested(by: indent) + take()
    }

    private mutating func list(until close: Token.Kind) -> Layout {
        var layout = Layout.empty
        while current != nil, !isAt(close) {
            if isAt(.comma) { layout += take() + .line }
            layout += expression()
        }
        return layout
    }
}
