/// Reads policies and templates. Source: cedar-policy 4.12, `grammar.lalrpop` and `cst_to_ast.rs`.
struct PolicyParser {
    var expressions: ExpressionParser

    init(_ source: [UInt8], limits: ParseLimits) throws(ParseError) {
        expressions = ExpressionParser(reader: try TokenReader(source, limits: limits))
    }

    var reader: TokenReader {
        get { expressions.reader }
        _modify { yield &expressions.reader }
    }

    /// All policies of the source, in order.
    mutating func policies() throws(ParseError) -> [PolicyBody] {
        var policies: [PolicyBody] = []
        while !reader.isAt(.end) {
            guard policies.count < reader.limits.maximumPolicies else {
                throw ParseError(.limitExceeded("number of policies"), at: reader.token.span)
            }
            policies.append(try policy())
        }
        return policies
    }

    /// `{Annotation} ('permit' | 'forbid') '(' Scope ')' {Cond} ';'`
    private mutating func policy() throws(ParseError) -> PolicyBody {
        let start = reader.token.span
        let annotations = try annotations()
        let effect = try effect()
        try reader.expect(.openParenthesis)
        let principal = try scope(of: .principal)
        let action = try actionScope()
        let resource = try scope(of: .resource)
        try endOfScope()
        var conditions: [Condition] = []
        while !reader.isAt(.semicolon) { conditions.append(try condition()) }
        try reader.advance()
        return PolicyBody(
            effect, annotations: annotations, principal: principal, action: action, resource: resource,
            conditions: conditions, span: SourceSpan(start.start, reader.lastEnd))
    }

    private mutating func annotations() throws(ParseError) -> [Annotation] {
        var annotations: [Annotation] = []
        var names: Set<Text> = []
        while try reader.skip(.at) {
            let token = try reader.expect(.identifier, "the name of an annotation")
            let name = reader.text(of: token)
            guard names.insert(name).inserted else {
                throw ParseError(.duplicateAnnotation(name.string), at: token.span)
            }
            var value: Text?
            if try reader.skip(.openParenthesis) {
                let literal = try reader.expect(.string)
                value = try Escapes.text(of: literal.span, in: reader.source)
                try reader.expect(.closeParenthesis)
            }
            annotations.append(Annotation(name: name, value: value))
        }
        return annotations
    }

    private mutating func effect() throws(ParseError) -> Effect {
        if try reader.skip(word: "permit") { return .permit }
        if try reader.skip(word: "forbid") { return .forbid }
        guard reader.isAt(.identifier) else { throw reader.unexpected("`permit`, `forbid` or `@`") }
        throw ParseError(.invalidEffect(reader.snippet(reader.token.span)), at: reader.token.span)
    }

    /// `('when' | 'unless') '{' Expr '}'`
    private mutating func condition() throws(ParseError) -> Condition {
        guard reader.isAt(.identifier) else { throw reader.unexpected("`when`, `unless` or `;`") }
        let word = try reader.advance()
        let kind: Condition.Kind
        if reader.isWord(word, "when") {
            kind = .when
        } else if reader.isWord(word, "unless") {
            kind = .unless
        } else {
            throw ParseError(.invalidCondition(reader.snippet(word.span)), at: word.span)
        }
        try reader.expect(.openBrace)
        guard !reader.isAt(.closeBrace) else { throw ParseError(.emptyCondition, at: word.span) }
        let body = try expressions.expression()
        try reader.expect(.closeBrace)
        if let slot = body.firstSlot { throw ParseError(.invalidSlot(slot.name.rawValue), at: slot.span) }
        return Condition(kind, body)
    }
}

extension Expression {
    /// The first slot inside; recursion is bounded by the height of the tree.
    var firstSlot: (name: Slot, span: SourceSpan)? {
        if case .slot(let slot) = node { return (slot, span) }
        for child in node.children {
            if let slot = child.firstSlot { return slot }
        }
        return nil
    }
}
