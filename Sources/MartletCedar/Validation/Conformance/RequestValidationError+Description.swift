extension RequestValidationError: CustomStringConvertible {
    /// A sentence for people.
    public var description: String {
        switch self {
        case .unknownAction(let uid): "the schema has no action `\(uid)`"
        case .unknownPrincipalType(let type): "the schema has no entity type `\(type)` for the principal"
        case .unknownResourceType(let type): "the schema has no entity type `\(type)` for the resource"
        case .principalType(let type, let action): "`\(action)` is nothing that a `\(type)` does, by the schema"
        case .resourceType(let type, let action): "`\(action)` is nothing that is done to a `\(type)`, by the schema"
        case .context(let action): "the context is not what the schema declares for `\(action)`"
        case .unknownEnumeratedEntity(let uid): "the schema does not list `\(uid)` among the entities of its type"
        }
    }
}

extension EntityValidationError: CustomStringConvertible {
    /// A sentence for people, without the entity.
    public var description: String {
        switch self {
        case .unknownType(let type): "the schema has no entity type `\(type)`"
        case .unknownAction(let uid): "the schema has no action `\(uid)`"
        case .actionMismatch(let uid): "the action `\(uid)` is not what the schema declares"
        case .unknownEnumeratedEntity(let uid): "the schema does not list `\(uid)` among the entities of its type"
        case .missingAttribute(let name): "the attribute `\(name)` is missing"
        case .unexpectedAttribute(let name): "the schema has no attribute `\(name)` for it"
        case .attributeType(let name, let expected): "the attribute `\(name)` has to be \(expected.phrase)"
        case .unexpectedTag(let name): "it has the tag `\(name)`, and the schema allows none"
        case .tagType(let name, let expected): "the tag `\(name)` has to be \(expected.phrase)"
        case .ancestorType(let type): "the schema does not allow it in a `\(type)`"
        }
    }
}

extension SchemaReadingError: CustomStringConvertible {
    /// A sentence for people.
    public var description: String {
        switch self {
        case .shape(let error): "\(error)"
        case .entity(let uid, let error): "`\(uid)`: \(error)"
        case .request(let error): "\(error)"
        }
    }
}
