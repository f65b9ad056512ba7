import MartletJSON

/// Reads the JSON form of schemas. Source: cedar-policy 4.12, `json_schema.rs`; docs.cedarpolicy.com, "JSON schema".
///
/// Unknown members are refused, so that a misspelled restriction does not vanish.
struct SchemaJSONReader {
    /// The members that led here, for errors.
    private(set) var path: [String] = []
    let limits: SchemaLimits

    static func read(_ bytes: [UInt8], limits: SchemaLimits) throws(SchemaError) -> SchemaDocument {
        guard bytes.count <= limits.maximumBytes else { throw SchemaError(.tooLarge(limit: "bytes")) }
        var json = JSONLimits.cedar
        json.maximumBytes = limits.maximumBytes
        let root: JSONValue
        do { root = try JSONValue.parse(bytes, limits: json) } catch {
            throw SchemaError(.invalidJSON(error.description))
        }
        var reader = SchemaJSONReader(limits: limits)
        return try reader.document(root)
    }

    private mutating func document(_ root: JSONValue) throws(SchemaError) -> SchemaDocument {
        try require(root, .object, "an object of namespaces")
        var namespaces: [SchemaNamespace] = []
        for (key, value) in root.members {
            let name = key.isEmpty ? nil : Name(key)
            guard key.isEmpty || name != nil else { throw wrong("a namespace's name or \"\"", at: key) }
            namespaces.append(try within(key) { reader throws(SchemaError) in try reader.namespace(name, value) })
        }
        return SchemaDocument(namespaces)
    }

    private mutating func namespace(_ name: Name?, _ value: JSONValue) throws(SchemaError) -> SchemaNamespace {
        try require(value, .object, "a namespace")
        try refuseOthers(value, ["commonTypes", "entityTypes", "actions", "annotations"])
        var builder = NamespaceBuilder(name)
        builder.annotations = try annotations(value)
        guard name != nil || builder.annotations.isEmpty else { throw SchemaError(.annotatedEmptyNamespace) }
        try each(value, "commonTypes", isRequired: false) { reader, key, type throws(SchemaError) in
            try builder.add(try reader.commonType(key, type), at: nil)
        }
        try each(value, "entityTypes", isRequired: true) { reader, key, type throws(SchemaError) in
            try builder.add(try reader.entityType(key, type), at: nil)
        }
        try each(value, "actions", isRequired: true) { reader, key, action throws(SchemaError) in
            try builder.add(try reader.action(key, action), at: nil)
        }
        return builder.finish()
    }

    /// Reads the members of an object that is itself a member.
    private mutating func each(
        _ value: JSONValue, _ key: String, isRequired: Bool,
        _ body: (inout SchemaJSONReader, String, JSONValue) throws(SchemaError) -> Void
    ) throws(SchemaError) {
        guard let object = value[key] else {
            guard !isRequired else { throw wrong("the member `\(key)`", at: nil) }
            return
        }
        try within(key) { reader throws(SchemaError) in
            try reader.require(object, .object, "an object")
            for (name, member) in object.members {
                try reader.within(name) { reader throws(SchemaError) in try body(&reader, name, member) }
            }
        }
    }

    private mutating func commonType(_ key: String, _ value: JSONValue) throws(SchemaError) -> CommonTypeDeclaration {
        let name = try declared(key)
        guard !ReservedTypeName.contains(name) else { throw SchemaError(.reservedTypeName(key)) }
        return CommonTypeDeclaration(
            name: name, definition: try type(value, besides: ["annotations"]),
            annotations: try annotations(value), place: DeclarationPlace())
    }
}

extension SchemaJSONReader {
    mutating func within<Result>(
        _ key: String, _ body: (inout SchemaJSONReader) throws(SchemaError) -> Result
    ) throws(SchemaError) -> Result {
        path.append(key)
        let result = try body(&self)
        path.removeLast()
        return result
    }

    func wrong(_ expected: String, at key: String?) -> SchemaError {
        let path = path + (key.map { [$0] } ?? [])
        return SchemaError(.wrongJSON(path: path.isEmpty ? "" : "/" + path.joined(separator: "/"), expected: expected))
    }

    func require(_ value: JSONValue, _ kind: JSONValue.Kind, _ expected: String) throws(SchemaError) {
        guard value.kind == kind else { throw wrong(expected, at: nil) }
    }

    func refuseOthers(_ value: JSONValue, _ known: [StaticString]) throws(SchemaError) {
        for (key, _) in value.members {
            let key = Text(key)
            guard known.contains(where: { key.isEqual(to: $0) }) else {
                throw wrong("no member of this name", at: key.string)
            }
        }
    }

    /// A name that can be declared: no keyword, nothing in `__cedar`.
    func declared(_ key: String) throws(SchemaError) -> Text {
        let text = Text(key)
        guard Identifier.isValid(text.utf8), !Name(unchecked: text).isReserved else {
            throw wrong("a name", at: nil)
        }
        return text
    }

    func string(_ value: JSONValue) throws(SchemaError) -> Text {
        guard let string = value.string else { throw wrong("a string", at: nil) }
        return Text(string)
    }

    func array(_ value: JSONValue) throws(SchemaError) -> JSONValue.Elements {
        try require(value, .array, "an array")
        return value.elements
    }

    func annotations(_ value: JSONValue) throws(SchemaError) -> [SchemaAnnotation] {
        guard let object = value["annotations"] else { return [] }
        try require(object, .object, "annotations")
        var annotations: [SchemaAnnotation] = []
        for (key, value) in object.members {
            let key = Text(key)
            guard Identifier.isWord(key.utf8), value.isNull || value.kind == .string else {
                throw wrong("an annotation", at: key.string)
            }
            annotations.append(SchemaAnnotation(key: key, value: Text(value.string ?? "")))
        }
        return annotations.sorted { $0.key < $1.key }
    }
}
