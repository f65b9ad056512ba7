/// Collects the declarations of one namespace and refuses a second one of the same name.
struct NamespaceBuilder {
    private var namespace: SchemaNamespace
    private var entityTypes: Set<Text> = []
    private var commonTypes: Set<Text> = []
    private var actions: Set<Text> = []

    init(_ name: Name?) { namespace = SchemaNamespace(name) }

    var annotations: [SchemaAnnotation] {
        get { namespace.annotations }
        set { namespace.annotations = newValue }
    }

    var isEmpty: Bool { entityTypes.isEmpty && commonTypes.isEmpty && actions.isEmpty }

    mutating func add(_ type: EntityTypeDeclaration, at span: SourceSpan?) throws(SchemaError) {
        guard entityTypes.insert(type.name).inserted else { throw duplicate(type.name, span) }
        namespace.entityTypes.append(type)
    }

    mutating func add(_ type: CommonTypeDeclaration, at span: SourceSpan?) throws(SchemaError) {
        guard commonTypes.insert(type.name).inserted else { throw duplicate(type.name, span) }
        namespace.commonTypes.append(type)
    }

    mutating func add(_ action: ActionDeclaration, at span: SourceSpan?) throws(SchemaError) {
        guard actions.insert(action.name).inserted else { throw duplicate(action.name, span) }
        namespace.actions.append(action)
    }

    /// The namespace with its declarations by name.
    func finish() -> SchemaNamespace {
        var namespace = namespace
        namespace.sort()
        return namespace
    }

    private func duplicate(_ name: Text, _ span: SourceSpan?) -> SchemaError {
        SchemaError(.duplicateDeclaration(name.string), at: span)
    }
}

/// The names of built-in types, which no common type can take. Entity types can.
enum ReservedTypeName {
    private static let names: Set<Text> = [
        "Bool", "Boolean", "Entity", "Extension", "Long", "Record", "Set", "String",
    ]

    static func contains(_ name: Text) -> Bool { names.contains(name) }
}
