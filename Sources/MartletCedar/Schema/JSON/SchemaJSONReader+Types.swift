import MartletJSON

extension SchemaJSONReader {
    /// Reads a type; `others` are members that belong to what contains it.
    mutating func type(
        _ value: JSONValue, besides others: [StaticString] = [], depth: Int = 1
    ) throws(SchemaError) -> TypeExpression {
        try require(value, .object, "a type")
        guard depth <= limits.maximumTypeDepth else { throw SchemaError(.tooLarge(limit: "nesting of a type")) }
        guard let kind = value["type"]?.string.map({ Text($0) }) else { throw wrong("the member `type`", at: nil) }
        let known = Self.members(of: kind)
        try refuseOthers(value, ["type"] + known + others)
        switch kind {
        case "String": return .string
        case "Long": return .long
        case "Boolean": return .boolean
        case "Set": return .set(try element(value, depth))
        case "Record": return try record(value, depth)
        case "Entity": return .entity(try reference(value["name"]))
        case "EntityOrCommon": return .entityOrCommon(try reference(value["name"]))
        case "Extension": return .extension(try extensionName(value))
        default:
            guard let name = Name(internal: kind) else { throw wrong("a type", at: "type") }
            return .common(TypeReference(name))
        }
    }

    private static func members(of kind: Text) -> [StaticString] {
        switch kind {
        case "Set": ["element"]
        case "Record": ["attributes", "additionalAttributes"]
        case "Entity", "EntityOrCommon", "Extension": ["name"]
        default: []
        }
    }

    private mutating func element(_ value: JSONValue, _ depth: Int) throws(SchemaError) -> TypeExpression {
        guard let element = value["element"] else { throw wrong("the member `element`", at: nil) }
        return try within("element") { reader throws(SchemaError) in try reader.type(element, depth: depth + 1) }
    }

    private func extensionName(_ value: JSONValue) throws(SchemaError) -> Text {
        guard let name = value["name"]?.string else { throw wrong("the member `name`", at: nil) }
        return try declared(name)
    }

    private mutating func record(_ value: JSONValue, _ depth: Int) throws(SchemaError) -> TypeExpression {
        guard let attributes = value["attributes"] else { throw wrong("the member `attributes`", at: nil) }
        if let isOpen = value["additionalAttributes"] {
            guard let isOpen = isOpen.bool else { throw wrong("true or false", at: "additionalAttributes") }
            guard !isOpen else { throw SchemaError(.openRecord) }
        }
        let declarations = try within("attributes") { reader throws(SchemaError) in
            try reader.require(attributes, .object, "an object")
            var declarations: [AttributeDeclaration] = []
            for (key, type) in attributes.members {
                declarations.append(
                    try reader.within(key) { reader throws(SchemaError) in
                        try reader.attribute(Text(key), type, depth + 1)
                    })
            }
            return declarations
        }
        return .record(declarations.sorted { $0.name < $1.name })
    }

    private mutating func attribute(
        _ name: Text, _ value: JSONValue, _ depth: Int
    ) throws(SchemaError) -> AttributeDeclaration {
        let type = try type(value, besides: ["required", "annotations"], depth: depth)
        var isRequired = true
        if let required = value["required"] {
            guard let required = required.bool else { throw wrong("true or false", at: "required") }
            isRequired = required
        }
        return AttributeDeclaration(
            name: name, type: type, isRequired: isRequired, annotations: try annotations(value))
    }

    func reference(_ value: JSONValue?) throws(SchemaError) -> TypeReference {
        guard let name = value?.string.flatMap({ Name(internal: Text($0)) }) else { throw wrong("a name", at: nil) }
        return TypeReference(name)
    }
}
