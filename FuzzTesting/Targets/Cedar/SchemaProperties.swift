import MartletCedar

/// A schema that is read is printed, as text and as JSON, as what is read again, and means the same.
enum SchemaProperties {
    static func check(_ input: [UInt8]) throws(Violation) {
        let document: SchemaDocument
        do throws(SchemaError) {
            document = try SchemaDocument(text: input)
        } catch {
            return
        }
        try checkText(document)
        let fromJSON = try expect("a schema in JSON is not read") { () throws(SchemaError) in
            try SchemaDocument(json: document.json)
        }
        try require(fromJSON.json == document.json, "a schema in JSON is not read as it was written")
        try checkMeaning(document, fromJSON)
    }

    /// Of a name that is an entity type and a common type there is no text, as the reference has none.
    private static func checkText(_ document: SchemaDocument) throws(Violation) {
        let text: String
        do throws(SchemaError) {
            text = try document.text()
        } catch {
            guard case .notExpressible = error.reason else {
                throw Violation(description: "a schema is not printed: \(error)")
            }
            return
        }
        let fromText = try expect("a printed schema is not read: \(text)") { () throws(SchemaError) in
            try SchemaDocument(text: Array(text.utf8))
        }
        try require(fromText == document, "a schema is not read as it was printed: \(text)")
    }

    private static func checkMeaning(_ document: SchemaDocument, _ fromJSON: SchemaDocument) throws(Violation) {
        let schema: Schema
        do throws(SchemaError) {
            schema = try Schema(document)
        } catch {
            let other = PolicyProperties.read { () throws(SchemaError) in try Schema(fromJSON) }
            return try require(other == nil, "only the text of a schema has no meaning: \(error)")
        }
        let other = try expect("only the JSON of a schema has no meaning") { () throws(SchemaError) in
            try Schema(fromJSON)
        }
        try require(schema.entityTypes == other.entityTypes, "the JSON of a schema has other entity types")
        try require(schema.actions == other.actions, "the JSON of a schema has other actions")
        for policies in probes { _ = Validator(schema).validate(policies) }
        let actions = PolicyProperties.read { () throws(SchemaReadingError) in
            try schema.entities(json: Array("[]".utf8))
        }
        try require(actions?.count == schema.actions.count, "the actions of a schema do not fit it")
    }

    /// Policies that look at all that the dictionary can name.
    private static let probes: [PolicySet] = [
        "permit (principal, action, resource);",
        "permit (principal, action, resource) when { principal has a && principal.a == resource && context.b.c < 1 };",
        "forbid (principal in ?principal, action in Action::\"a\", resource is A) unless { resource.getTag(\"t\") in principal };",
    ].compactMap { text in PolicyProperties.read { () throws(ParseError) in try PolicySet.parse(text) } }

    private static func expect<Result>(
        _ sentence: @autoclosure () -> String, _ body: () throws(SchemaError) -> Result
    ) throws(Violation) -> Result {
        do throws(SchemaError) {
            return try body()
        } catch {
            throw Violation(description: "\(sentence()): \(error)")
        }
    }
}
