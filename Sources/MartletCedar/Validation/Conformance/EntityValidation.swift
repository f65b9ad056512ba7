/// Why an entity does not fit a schema.
public enum EntityValidationError: Error, Hashable, Sendable {
    case unknownType(EntityType)
    case unknownAction(EntityUID)
    /// An action has other groups than in the schema, or attributes or tags.
    case actionMismatch(EntityUID)
    /// An id that the enumeration of its entity type does not have.
    case unknownEnumeratedEntity(EntityUID)
    case missingAttribute(Text)
    case unexpectedAttribute(Text)
    case attributeType(Text, expected: CedarType)
    case unexpectedTag(Text)
    case tagType(Text, expected: CedarType)
    /// Entities of its type are never in entities of this type.
    case ancestorType(EntityType)
}

extension Schema {
    /// Checks one entity; `ancestors` are all entities it is in.
    /// Source: cedar-policy 4.12, `entities/conformance.rs`; cedar-spec, `RequestEntityValidator.lean`.
    public func validate(
        entity uid: EntityUID, attributes: Record, tags: Record, ancestors: some Sequence<EntityUID>
    ) throws(EntityValidationError) {
        if uid.type.isAction {
            guard let definition = actions[uid] else { throw .unknownAction(uid) }
            guard attributes.fields.isEmpty, tags.fields.isEmpty, Set(ancestors) == definition.ancestors else {
                throw .actionMismatch(uid)
            }
            return
        }
        guard let definition = entityTypes[uid.type] else { throw .unknownType(uid.type) }
        guard isPossible(uid) else { throw .unknownEnumeratedEntity(uid) }
        try validate(attributes, definition.shape)
        for ancestor in ancestors {
            try requirePossible(ancestor)
            guard definition.ancestors.contains(ancestor.type) else { throw .ancestorType(ancestor.type) }
        }
        try validate(tags: tags, definition.tags)
    }

    private func validate(_ attributes: Record, _ shape: RecordType) throws(EntityValidationError) {
        for attribute in shape.attributes where attribute.isRequired && attributes[attribute.name] == nil {
            throw .missingAttribute(attribute.name)
        }
        for field in attributes.fields {
            guard let attribute = shape[field.key] else { throw .unexpectedAttribute(field.key) }
            guard attribute.type.contains(field.value) else {
                throw .attributeType(field.key, expected: attribute.type)
            }
            try requirePossible(in: field.value)
        }
    }

    private func validate(tags: Record, _ type: CedarType?) throws(EntityValidationError) {
        for field in tags.fields {
            guard let type else { throw .unexpectedTag(field.key) }
            guard type.contains(field.value) else { throw .tagType(field.key, expected: type) }
            try requirePossible(in: field.value)
        }
    }

    private func requirePossible(in value: Value) throws(EntityValidationError) {
        guard let uid = value.firstEntity(where: { !isPossible($0) }) else { return }
        throw impossible(uid)
    }

    private func requirePossible(_ uid: EntityUID) throws(EntityValidationError) {
        guard isPossible(uid) else { throw impossible(uid) }
    }

    private func impossible(_ uid: EntityUID) -> EntityValidationError {
        uid.type.isAction ? .unknownAction(uid) : .unknownEnumeratedEntity(uid)
    }
}
