extension SchemaParser {
    /// `entity A, B in [C] = { … } tags T;` or `entity A enum ["x"];`
    mutating func entities(
        _ annotations: [SchemaAnnotation], from start: SourceSpan, into namespace: inout NamespaceBuilder
    ) throws(SchemaError) {
        let names = try list { parser throws(SchemaError) in try parser.declared() }
        let kind = try takeWord("enum") ? try enumeration() : try standardEntity()
        let place = DeclarationPlace(start.through(token.span))
        try expect(.semicolon)
        for name in names {
            try namespace.add(
                EntityTypeDeclaration(name: name.text, kind: kind, annotations: annotations, place: place),
                at: name.span)
        }
    }

    private mutating func enumeration() throws(SchemaError) -> EntityTypeDeclaration.Kind {
        try expect(.openBracket)
        let ids = try list { parser throws(SchemaError) in try parser.string() }
        try expect(.closeBracket)
        return .enumeration(ids)
    }

    private mutating func standardEntity() throws(SchemaError) -> EntityTypeDeclaration.Kind {
        let parents = try takeWord("in") ? try entityTypes() : []
        let hasSign = try take(.assign)
        let shape = hasSign || token.kind == .openBrace ? try record() : .emptyRecord
        let tags: TypeExpression? = try takeWord("tags") ? try type() : nil
        return .standard(parents: parents, shape: shape, tags: tags)
    }

    /// `action a, "b" in [c] appliesTo { … } attributes {};`
    mutating func actions(
        _ annotations: [SchemaAnnotation], from start: SourceSpan, into namespace: inout NamespaceBuilder
    ) throws(SchemaError) {
        let names = try list { parser throws(SchemaError) in try parser.name() }
        let groups = try takeWord("in") ? try groups() : nil
        let none = ActionDeclaration.Scope(principals: [], resources: [], context: .emptyRecord)
        let scope = try takeWord("appliesTo") ? try scope(of: names[0].text.string) : none
        if try takeWord("attributes") {
            try expect(.openBrace)
            try expect(.closeBrace)
        }
        let place = DeclarationPlace(start.through(token.span))
        try expect(.semicolon)
        for name in names {
            let action = ActionDeclaration(
                name: name.text, scope: scope, groups: groups, annotations: annotations, place: place)
            try namespace.add(action, at: name.span)
        }
    }

    private mutating func groups() throws(SchemaError) -> [ActionDeclaration.Group] {
        guard try take(.openBracket) else { return [try group()] }
        let groups = try list { parser throws(SchemaError) in try parser.group() }
        try expect(.closeBracket)
        return groups
    }

    /// `a`, `"a"` or `N::Action::"a"`.
    private mutating func group() throws(SchemaError) -> ActionDeclaration.Group {
        let first = try name()
        guard token.kind == .doubleColon, Identifier.isValid(text(of: first.span).utf8) else {
            return ActionDeclaration.Group(type: nil, id: first.text, span: first.span)
        }
        var parts = [first.text]
        while try take(.doubleColon) {
            if token.kind == .string {
                let span = first.span.through(token.span)
                return ActionDeclaration.Group(type: Name(unchecked: parts), id: try string(), span: span)
            }
            parts.append(try identifier().text)
        }
        throw unexpected("`::`")
    }

    /// `type T = …;`
    mutating func commonType(
        _ annotations: [SchemaAnnotation], from start: SourceSpan, into namespace: inout NamespaceBuilder
    ) throws(SchemaError) {
        let name = try declared()
        guard !ReservedTypeName.contains(name.text) else {
            throw SchemaError(.reservedTypeName(name.text.string), at: name.span)
        }
        try expect(.assign)
        let definition = try type()
        let place = DeclarationPlace(start.through(token.span))
        try expect(.semicolon)
        try namespace.add(
            CommonTypeDeclaration(name: name.text, definition: definition, annotations: annotations, place: place),
            at: name.span)
    }
}
