import MartletJSON

/// Why JSON is no entities, or no context, that fit a schema.
public enum SchemaReadingError: Error, Hashable, Sendable {
    /// It is no entity or no record, with the place.
    case shape(JSONShapeError)
    /// This entity does not fit.
    case entity(EntityUID, EntityValidationError)
    /// The context does not fit, or the action is not known.
    case request(RequestValidationError)
}

extension Schema {
    /// Reads entities from JSON, adds the schema's actions and checks all of them.
    ///
    /// By the types of the schema, entities and extension values need no `__entity` and `__extn`.
    public func entities(
        json bytes: [UInt8], limits: EntityLimits = EntityLimits()
    ) throws(SchemaReadingError) -> EntityStore {
        let entities = try shaped { () throws(JSONShapeError) in
            try EntityReader.entities(try JSONValue.read(bytes), entityHints)
        }
        // Actions are what was written about them and their groups; after the check the schema's take their place.
        let written = try store(entities, limits)
        for entity in entities {
            try check(entity, entity.uid.type.isAction ? written.ancestors(of: entity.uid) : entity.parents)
        }
        return try store(entities.filter { actions[$0.uid] == nil } + actionEntities, limits)
    }

    private func store(_ entities: [Entity], _ limits: EntityLimits) throws(SchemaReadingError) -> EntityStore {
        do { return try EntityStore(entities, limits: limits) } catch {
            throw .shape(JSONShapeError(.entities(error)))
        }
    }

    private func check(_ entity: Entity, _ ancestors: Set<EntityUID>) throws(SchemaReadingError) {
        do {
            try validate(
                entity: entity.uid, attributes: entity.attributes, tags: entity.tags, ancestors: ancestors)
        } catch {
            throw .entity(entity.uid, error)
        }
    }

    /// Reads the context of a request from JSON, by the types that the action declares.
    public func context(json bytes: [UInt8], action: EntityUID) throws(SchemaReadingError) -> Record {
        guard let definition = actions[action] else { throw .request(.unknownAction(action)) }
        return try shaped { () throws(JSONShapeError) in
            try ValueReader.context(try JSONValue.read(bytes), definition.context.hint)
        }
    }

    private func shaped<Result>(
        _ body: () throws(JSONShapeError) -> Result
    ) throws(SchemaReadingError) -> Result {
        do { return try body() } catch { throw .shape(error) }
    }
}
