extension SchemaParser {
    /// A name, `Set<…>` or a record.
    mutating func type() throws(SchemaError) -> TypeExpression {
        if token.kind == .openBrace { return try record() }
        guard isWord("Set"), try following() == .less else { return .entityOrCommon(try path()) }
        try advance()
        try advance()
        try descend()
        let element = try type()
        depth -= 1
        try expect(.greater)
        return .set(element)
    }

    /// `{ a: Long, "b c"?: String, }`. A later attribute replaces an earlier one of the same name, as in the reference.
    mutating func record() throws(SchemaError) -> TypeExpression {
        try descend()
        try expect(.openBrace)
        var attributes: [Text: AttributeDeclaration] = [:]
        while try !take(.closeBrace) {
            let attribute = try attribute()
            attributes[attribute.name] = attribute
            guard try take(.comma) else {
                try expect(.closeBrace)
                break
            }
        }
        depth -= 1
        return .record(attributes.values.sorted { $0.name < $1.name })
    }

    private mutating func attribute() throws(SchemaError) -> AttributeDeclaration {
        let annotations = try annotations()
        let name = try name()
        let isOptional = try take(.questionMark)
        try expect(.colon)
        return AttributeDeclaration(
            name: name.text, type: try type(), isRequired: !isOptional,
            annotations: annotations)
    }

    private mutating func descend() throws(SchemaError) {
        depth += 1
        guard depth <= limits.maximumTypeDepth else {
            throw SchemaError(.tooLarge(limit: "nesting of a type"), at: token.span)
        }
    }
}
