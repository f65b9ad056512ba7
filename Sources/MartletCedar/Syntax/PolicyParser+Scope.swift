extension PolicyParser {
    /// The scope of the principal or the resource, with the comma that may follow.
    mutating func scope(of variable: Variable) throws(ParseError) -> ScopeConstraint {
        try expectVariable(variable)
        let type = try entityType()
        let constraint: ScopeConstraint
        switch reader.token.kind {
        case .equal where type == nil:
            try reader.advance()
            constraint = .equal(try reference(for: variable))
        case .identifier where reader.isAt(word: "in"):
            try reader.advance()
            let reference = try reference(for: variable)
            constraint = type.map { .isTypeIn($0, reference) } ?? .in(reference)
        default:
            try refuseOperator()
            constraint = type.map { .isType($0) } ?? .any
        }
        try endOfPart()
        return constraint
    }

    /// The scope of the action, with the comma that may follow.
    mutating func actionScope() throws(ParseError) -> ActionConstraint {
        try expectVariable(.action)
        let constraint: ActionConstraint
        if try reader.skip(.equal) {
            constraint = .equal(try action(try entityOperand(), expected: "an entity"))
        } else if try reader.skip(word: "in") {
            constraint = try actions()
        } else {
            try refuseOperator()
            constraint = .any
        }
        try endOfPart()
        return constraint
    }

    private mutating func actions() throws(ParseError) -> ActionConstraint {
        let expected = "an entity or a list of entities"
        let operand = try entityOperand()
        guard case .set(let elements) = operand.node else { return .in(try action(operand, expected: expected)) }
        var uids: [EntityUID] = []
        for element in elements { uids.append(try action(element, expected: "an entity")) }
        return .inAny(uids)
    }

    private func action(_ operand: Expression, expected: String) throws(ParseError) -> EntityUID {
        guard case .literal(.entity(let uid)) = operand.node else { throw invalid(operand, expected) }
        guard uid.type.isAction else { throw ParseError(.notAnAction(uid.description), at: operand.span) }
        return uid
    }

    /// An entity, or the slot of this variable.
    private mutating func reference(for variable: Variable) throws(ParseError) -> EntityReference {
        let operand = try entityOperand()
        switch operand.node {
        case .literal(.entity(let uid)): return .entity(uid)
        case .slot(.principal) where variable == .principal: return .slot
        case .slot(.resource) where variable == .resource: return .slot
        default: throw invalid(operand, "an entity or `?\(variable.rawValue)`")
        }
    }

    private mutating func entityOperand() throws(ParseError) -> Expression {
        let span = reader.token.span
        let operand = try expressions.operand()
        if case .name(let name, _) = operand {
            throw ParseError(.invalidScopeEntity(found: "`\(name)`", expected: "an entity, \(name)::\"…\""), at: span)
        }
        return try operand.expression(in: reader.source)
    }

    private func invalid(_ operand: Expression, _ expected: String) -> ParseError {
        let found = "`\(reader.snippet(operand.span))`"
        return ParseError(.invalidScopeEntity(found: found, expected: expected), at: operand.span)
    }

    private mutating func expectVariable(_ variable: Variable) throws(ParseError) {
        guard reader.isAt(.identifier), reader.text(of: reader.token) == Text(variable.rawValue) else {
            let found = reader.isAt(.end) ? "the end" : "`\(reader.snippet(reader.token.span))`"
            throw ParseError(.invalidScope(found: found, expected: variable.rawValue), at: reader.token.span)
        }
        try reader.advance()
        guard !reader.isAt(.colon) else { throw ParseError(.typeConstraint, at: reader.token.span) }
    }

    private mutating func entityType() throws(ParseError) -> EntityType? {
        try reader.skip(word: "is") ? try expressions.sum().entityType() : nil
    }

    private func refuseOperator() throws(ParseError) {
        switch reader.token.kind {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .assign, .identifier:
            throw ParseError(.invalidScopeOperator(reader.snippet(reader.token.span)), at: reader.token.span)
        default: return
        }
    }

    /// A comma, or the end of the scope, which the next part sees.
    private mutating func endOfPart() throws(ParseError) {
        guard try reader.skip(.comma) || reader.isAt(.closeParenthesis) else { throw reader.unexpected("`,` or `)`") }
    }

    mutating func endOfScope() throws(ParseError) { try reader.expect(.closeParenthesis) }
}
