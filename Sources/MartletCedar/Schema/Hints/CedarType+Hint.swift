extension CedarType {
    /// How JSON is read where a value of this type is expected.
    var hint: TypeHint {
        switch self {
        case .never, .boolean, .long, .string, .set(nil): .plain
        case .entity: .entity
        case .set(.some(let element)): .set(element.hint)
        case .record(let record): record.hint
        case .extension(.decimal): .extension(.decimal)
        case .extension(.ipaddr): .extension(.ip)
        case .extension(.datetime): .extension(.datetime)
        case .extension(.duration): .extension(.duration)
        }
    }
}

extension RecordType {
    /// How JSON is read where a record of this type is expected.
    var hint: TypeHint {
        var fields: [Text: TypeHint.Field] = [:]
        for attribute in attributes {
            fields[attribute.name] = TypeHint.Field(type: attribute.type.hint, isRequired: attribute.isRequired)
        }
        return .record(fields, isOpen: isOpen)
    }
}

extension Schema {
    /// How JSON entities are read.
    var entityHints: EntityHints {
        var types: [EntityType: EntityHint] = [:]
        for definition in entityTypes.values {
            var attributes: [Text: TypeHint] = [:]
            for attribute in definition.shape.attributes { attributes[attribute.name] = attribute.type.hint }
            types[definition.name] = EntityHint(attributes: attributes, tags: definition.tags?.hint)
        }
        return EntityHints(types: types, actions: actionEntities)
    }

    /// The actions as entities; their groups are those in any number of steps.
    public var actionEntities: [Entity] { sortedActions.map { Entity($0.uid, parents: $0.ancestors) } }
}
