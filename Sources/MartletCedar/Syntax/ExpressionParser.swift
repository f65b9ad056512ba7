/// Reads expressions: one function per level of precedence. Source: cedar-policy 4.12, `grammar.lalrpop`.
struct ExpressionParser {
    var reader: TokenReader

    var source: [UInt8] { reader.source }

    /// `Expr`, as an expression.
    mutating func expression() throws(ParseError) -> Expression {
        try operand().expression(in: source)
    }

    /// `Expr := Or | 'if' Expr 'then' Expr 'else' Expr`
    mutating func operand() throws(ParseError) -> Operand {
        try reader.enter()
        defer { reader.leave() }
        let start = reader.token.span
        guard reader.isAt(word: "if"), !reader.isBeforeDoubleColon else { return try or() }
        try reader.advance()
        let condition = try expression()
        try reader.expect(word: "then")
        let then = try expression()
        try reader.expect(word: "else")
        let otherwise = try expression()
        return try make(.ifThenElse(condition, then, otherwise), from: start)
    }

    /// `Or := And {'||' And}`
    private mutating func or() throws(ParseError) -> Operand {
        let start = reader.token.span
        var left = try and()
        while try reader.skip(.or) {
            let first = try left.expression(in: source)
            left = try make(.or(first, try and().expression(in: source)), from: start)
        }
        return left
    }

    /// `And := Relation {'&&' Relation}`
    private mutating func and() throws(ParseError) -> Operand {
        let start = reader.token.span
        var left = try relation()
        while try reader.skip(.and) {
            let first = try left.expression(in: source)
            left = try make(.and(first, try relation().expression(in: source)), from: start)
        }
        return left
    }

    /// `Add := Mult {('+' | '-') Mult}`
    mutating func sum() throws(ParseError) -> Operand {
        let start = reader.token.span
        var left = try product()
        while reader.isAt(.plus) || reader.isAt(.minus) {
            let isPlus = try reader.advance().kind == .plus
            let first = try left.expression(in: source)
            let second = try product().expression(in: source)
            left = try make(.binary(isPlus ? .add : .subtract, first, second), from: start)
        }
        return left
    }

    /// `Mult := Unary {('*' | '/' | '%') Unary}`; division and remainder do not exist.
    private mutating func product() throws(ParseError) -> Operand {
        let start = reader.token.span
        var left = try unary()
        while reader.isAt(.times) || reader.isAt(.divide) || reader.isAt(.modulo) {
            let sign = try reader.advance()
            guard sign.kind == .times else {
                throw ParseError(.unsupportedOperator(sign.kind.symbol), at: sign.span)
            }
            let first = try left.expression(in: source)
            left = try make(.binary(.multiply, first, try unary().expression(in: source)), from: start)
        }
        return left
    }

    /// `Unary := ['!' {'!'} | '-' {'-'}] Member`, at most four of them.
    private mutating func unary() throws(ParseError) -> Operand {
        let start = reader.token.span
        let sign = reader.token.kind
        guard sign == .not || sign == .minus else { return try member() }
        var count = 0
        while try reader.skip(sign) { count += 1 }
        guard count <= 4 else { throw ParseError(.tooManyUnaryOperators, at: start) }
        var operand: Expression
        if sign == .minus, reader.isAt(.number), let literal = try negativeLiteral(from: start) {
            operand = literal
            count -= 1
        } else {
            operand = try member().expression(in: source)
        }
        for _ in 0..<count {
            operand = try makeExpression(.unary(sign == .not ? .not : .negate, operand), from: start)
        }
        return .expression(operand)
    }

    /// A node that starts at `start` and ends before the token in sight.
    ///
    /// Mutating, so that the arguments are read before the end is looked at: a call on a copy would see the old one.
    mutating func makeExpression(_ node: Expression.Node, from start: SourceSpan) throws(ParseError) -> Expression {
        let expression = Expression(node, at: SourceSpan(start.start, reader.lastEnd))
        guard expression.height <= reader.limits.maximumHeight else {
            throw ParseError(.limitExceeded("height of an expression"), at: expression.span)
        }
        return expression
    }

    mutating func make(_ node: Expression.Node, from start: SourceSpan) throws(ParseError) -> Operand {
        .expression(try makeExpression(node, from: start))
    }
}
