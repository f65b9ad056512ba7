extension SchemaParser {
    /// The clauses of one `appliesTo`, as far as they were read.
    private struct Clauses {
        var principals: [TypeReference]?
        var resources: [TypeReference]?
        var context: TypeExpression?
    }

    /// `{ principal: A, resource: [B], context: { … } }`
    mutating func scope(of action: String) throws(SchemaError) -> ActionDeclaration.Scope {
        let span = token.span
        try expect(.openBrace)
        var clauses = Clauses()
        repeat {
            try clause(of: action, into: &clauses)
            guard try take(.comma) else { break }
        } while token.kind != .closeBrace
        try expect(.closeBrace)
        guard let resources = clauses.resources else {
            throw SchemaError(.missingClause("resource", action: action), at: span)
        }
        guard let principals = clauses.principals else {
            throw SchemaError(.missingClause("principal", action: action), at: span)
        }
        return ActionDeclaration.Scope(
            principals: principals, resources: resources, context: clauses.context ?? .emptyRecord)
    }

    private mutating func clause(of action: String, into clauses: inout Clauses) throws(SchemaError) {
        let span = token.span
        if try takeWord("principal") {
            let types = try clauseTypes("principal", of: action, from: span)
            guard clauses.principals == nil else { throw duplicate("principal", action, span) }
            clauses.principals = types
        } else if try takeWord("resource") {
            let types = try clauseTypes("resource", of: action, from: span)
            guard clauses.resources == nil else { throw duplicate("resource", action, span) }
            clauses.resources = types
        } else if try takeWord("context") {
            try expect(.colon)
            let context = token.kind == .openBrace ? try record() : .common(try path())
            guard clauses.context == nil else { throw duplicate("context", action, span) }
            clauses.context = context
        } else {
            throw unexpected("`principal`, `resource` or `context`")
        }
    }

    private mutating func clauseTypes(
        _ clause: String, of action: String, from span: SourceSpan
    ) throws(SchemaError) -> [TypeReference] {
        try expect(.colon)
        let types = try entityTypes()
        guard !types.isEmpty else { throw SchemaError(.emptyClause(clause, action: action), at: span) }
        return types
    }

    private func duplicate(_ clause: String, _ action: String, _ span: SourceSpan) -> SchemaError {
        SchemaError(.duplicateClause(clause, action: action), at: span)
    }
}
