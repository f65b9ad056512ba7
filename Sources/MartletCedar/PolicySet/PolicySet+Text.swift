extension PolicySet {
    /// How policies of a text get their ids.
    public enum Naming: Hashable, Sendable {
        /// `policy0`, `policy1` and so on, in the order of the text.
        case numbered
        /// The value of this annotation; for policies without it as `numbered`.
        case annotation(Text)
    }

    /// Reads policies and templates as Cedar text.
    public static func parse(
        _ text: String, naming: Naming = .numbered, limits: ParseLimits = ParseLimits()
    ) throws(ParseError) -> PolicySet {
        try parse(Array(text.utf8), naming: naming, limits: limits)
    }

    /// Reads policies and templates as Cedar text in UTF-8.
    public static func parse(
        _ source: [UInt8], naming: Naming = .numbered, limits: ParseLimits = ParseLimits()
    ) throws(ParseError) -> PolicySet {
        var set = PolicySet()
        for (number, body) in try PolicyBody.parse(source, limits: limits).enumerated() {
            let id = naming.id(of: body, number: number)
            do throws(PolicySetError) {
                try set.add(body, id: id)
            } catch {
                throw ParseError(.duplicatePolicyID(id.string), at: body.span)
            }
        }
        return set
    }
}

extension PolicySet.Naming {
    fileprivate func id(of body: PolicyBody, number: Int) -> PolicyID {
        if case .annotation(let name) = self, let value = body.annotation(name) { return value }
        return Text("policy\(number)")
    }
}

extension PolicyBody {
    /// Reads policies and templates as Cedar text in UTF-8, in order.
    public static func parse(
        _ source: [UInt8], limits: ParseLimits = ParseLimits()
    ) throws(ParseError) -> [PolicyBody] {
        var parser = try PolicyParser(source, limits: limits)
        return try parser.policies()
    }
}

extension Expression {
    /// Reads one expression as Cedar text in UTF-8.
    public static func parse(
        _ source: [UInt8], limits: ParseLimits = ParseLimits()
    ) throws(ParseError) -> Expression {
        var parser = ExpressionParser(reader: try TokenReader(source, limits: limits))
        let expression = try parser.expression()
        guard parser.reader.isAt(.end) else { throw parser.reader.unexpected("an operator or the end") }
        return expression
    }
}

extension EntityUID {
    /// Reads an entity as Cedar text, for example `User::"alice"`.
    public static func parse(_ text: String) throws(ParseError) -> EntityUID {
        let expression = try Expression.parse(Array(text.utf8))
        guard case .literal(.entity(let uid)) = expression.node else {
            throw ParseError(.invalidOperand(expected: "an entity, Type::\"id\""), at: expression.span)
        }
        return uid
    }
}
