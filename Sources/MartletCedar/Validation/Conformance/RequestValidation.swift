/// Why a request does not fit a schema.
public enum RequestValidationError: Error, Hashable, Sendable {
    case unknownAction(EntityUID)
    case unknownPrincipalType(EntityType)
    case unknownResourceType(EntityType)
    /// The action does not apply to principals of this type.
    case principalType(EntityType, action: EntityUID)
    /// The action does not apply to resources of this type.
    case resourceType(EntityType, action: EntityUID)
    /// The context does not have the type that the action declares.
    case context(action: EntityUID)
    /// An id that the enumeration of its entity type does not have.
    case unknownEnumeratedEntity(EntityUID)
}

extension Schema {
    /// Checks a request: the action is known and applies to the types, the context has the declared type.
    /// Source: cedar-policy 4.12, `coreschema.rs`, `validate_request`.
    public func validate(
        principal: EntityUID, action: EntityUID, resource: EntityUID, context: Record
    ) throws(RequestValidationError) {
        guard entityTypes[principal.type] != nil else { throw .unknownPrincipalType(principal.type) }
        guard entityTypes[resource.type] != nil else { throw .unknownResourceType(resource.type) }
        for uid in [principal, resource] where !isPossible(uid) { throw .unknownEnumeratedEntity(uid) }
        guard let definition = actions[action] else { throw .unknownAction(action) }
        guard definition.principals.contains(principal.type) else {
            throw .principalType(principal.type, action: action)
        }
        guard definition.resources.contains(resource.type) else { throw .resourceType(resource.type, action: action) }
        if let unknown = Value.record(context).firstEntity(where: { !isPossible($0) }) {
            throw unknown.type.isAction ? .unknownAction(unknown) : .unknownEnumeratedEntity(unknown)
        }
        guard definition.context.contains(context) else { throw .context(action: action) }
    }

    /// Whether the schema allows an entity of this identity: ids of enumerations and actions are known.
    func isPossible(_ uid: EntityUID) -> Bool {
        if uid.type.isAction { return actions[uid] != nil }
        return entityTypes[uid.type]?.ids?.contains(uid.id) ?? true
    }
}
