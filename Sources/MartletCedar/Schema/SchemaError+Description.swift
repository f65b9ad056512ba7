extension SchemaError: CustomStringConvertible {
    /// A sentence for people: what is wrong and what to do, without the place.
    public var description: String { "\(reason.problem); \(reason.remedy)" }
}

extension SchemaError.Reason {
    /// What is wrong.
    public var problem: String {
        switch self {
        case .syntax(let kind): "\(kind)"
        case .invalidJSON(let reason): "not JSON: \(reason)"
        case .wrongJSON(let path, let expected): "expected \(expected) at \(path.isEmpty ? "the top" : path)"
        case .reservedName(let name): "`\(name)` is a word of the language and cannot be a name"
        case .reservedTypeName(let name): "`\(name)` is a built-in type"
        case .duplicateDeclaration(let name): "`\(name)` is declared twice"
        case .duplicateNamespace(let name): "the namespace `\(name)` is there twice"
        case .duplicateAnnotation(let name): "the annotation `@\(name)` is there twice"
        case .duplicateClause(let clause, let action): "`\(clause)` is there twice in the action \"\(action)\""
        case .emptyClause(let clause, let action): "`\(clause)` of the action \"\(action)\" is empty"
        case .missingClause(let clause, let action): "the action \"\(action)\" does not say its `\(clause)`"
        case .shadowing(let name, let shadowed): "`\(name)` hides `\(shadowed)`, which has no namespace"
        case .undefinedType(let name): "there is no type `\(name)`"
        case .undefinedAction(let name): "there is no action `\(name)`"
        case .undeclaredEntityType(let name): "`\(name)` is no entity type"
        case .unknownExtensionType(let name): "Cedar has no type `\(name)`"
        case .cyclicCommonType(let name): "the type `\(name)` is defined by itself"
        case .cyclicActionGroup(let name): "the action `\(name)` is in itself"
        case .notARecord(let name): "what `\(name)` has as its shape or context is no record"
        case .actionTypeDeclared: "`Action` cannot be declared as an entity type"
        case .actionAttributes(let name): "the action \"\(name)\" has attributes"
        case .openRecord: "`additionalAttributes` is true"
        case .annotatedEmptyNamespace: "the namespace without a name has annotations"
        case .tooLarge(let limit): "more than this implementation reads: \(limit)"
        case .notExpressible(let name): "schema text cannot say this: \(name)"
        }
    }

    /// What to do about it.
    public var remedy: String {
        switch self {
        case .syntax: "correct the text at this place"
        case .invalidJSON, .wrongJSON: "correct the JSON"
        case .reservedName, .reservedTypeName: "take another name"
        case .duplicateDeclaration, .duplicateNamespace, .duplicateAnnotation, .duplicateClause: "leave one of them"
        case .emptyClause: "name a type, or leave `appliesTo` out of an action that is only a group"
        case .missingClause(let clause, _): "add `\(clause): …` to its `appliesTo`"
        case .shadowing: "rename one of them"
        case .undefinedType, .undefinedAction: "correct the name, or declare it"
        case .undeclaredEntityType: "name an entity type here, or declare it with `entity`"
        case .unknownExtensionType: "use ipaddr, decimal, datetime or duration"
        case .cyclicCommonType, .cyclicActionGroup: "take it out of the circle"
        case .notARecord: "write `{ … }`, or the name of a record type"
        case .actionTypeDeclared: "rename the entity type; actions are declared with `action`"
        case .actionAttributes: "put them into its `context`"
        case .openRecord: "declare every attribute"
        case .annotatedEmptyNamespace: "put the annotations on declarations"
        case .tooLarge: "make it smaller, or split it"
        case .notExpressible: "rename what has this name twice, or keep the schema as JSON"
        }
    }
}
