import MartletJSON

/// Reads entities from JSON. Source: cedar-policy 4.12, `entities/json/entities.rs`.
enum EntityReader {
    static func entities(_ json: JSONValue, _ hints: EntityHints? = nil) throws(JSONShapeError) -> [Entity] {
        try json.array { (item) throws(JSONShapeError) in try entity(item, hints) }
    }

    static func entity(_ json: JSONValue, _ hints: EntityHints? = nil) throws(JSONShapeError) -> Entity {
        try json.requireObject()
        let written = try json.required("uid")
        let uid = try JSONValue.at("uid") { () throws(JSONShapeError) in try ValueReader.uid(written) }
        let hint = try hint(for: uid.type, hints)
        let attributes = try member("attrs", of: json) { (object) throws(JSONShapeError) in
            try object.object { (key, item) throws(JSONShapeError) in
                try field(key, item, hint.map { $0.attributes[key] ?? ($0.isOpen ? .plain : nil) } ?? .plain)
            }
        }
        let tags = try json.member("tags").map { (object) throws(JSONShapeError) in
            try JSONValue.at("tags") { () throws(JSONShapeError) in
                try object.object { (key, item) throws(JSONShapeError) in
                    try field(key, item, hint.map { $0.tags } ?? .plain)
                }
            }
        }
        return Entity(
            uid, attributes: Record(attributes), tags: Record(tags ?? []), parents: try parents(of: uid, json))
    }

    private static func hint(for type: EntityType, _ hints: EntityHints?) throws(JSONShapeError) -> EntityHint? {
        guard let hints, !type.isAction else { return nil }
        guard let hint = hints.types[type] else { throw JSONShapeError(.unknownEntityType(type)) }
        return hint
    }

    /// A field by its hint; nil when the schema does not have it.
    private static func field(
        _ key: Text, _ json: JSONValue, _ hint: TypeHint?
    ) throws(JSONShapeError) -> Record.Field {
        guard let hint else { throw JSONShapeError(.unknown(key.string)) }
        return Record.Field(key: key, value: try ValueReader.value(json, hint))
    }

    private static func parents(of uid: EntityUID, _ json: JSONValue) throws(JSONShapeError) -> Set<EntityUID> {
        try member("parents", of: json) { (list) throws(JSONShapeError) in
            Set(
                try list.array { (item) throws(JSONShapeError) in
                    let parent = try ValueReader.uid(item)
                    guard !uid.type.isAction || parent.type.isAction else {
                        throw JSONShapeError(.parentOfAction(parent))
                    }
                    return parent
                })
        }
    }

    private static func member<T>(
        _ key: StaticString, of json: JSONValue, _ body: (JSONValue) throws(JSONShapeError) -> T
    ) throws(JSONShapeError) -> T {
        let value = try json.required(key)
        return try JSONValue.at("\(key)") { () throws(JSONShapeError) in try body(value) }
    }
}

extension EntityStore {
    /// Reads entities from JSON, without a schema.
    public static func parse(
        json bytes: [UInt8], limits: EntityLimits = EntityLimits()
    ) throws(JSONShapeError) -> EntityStore {
        try read(try JSONValue.read(bytes), limits: limits)
    }

    /// Reads entities from JSON by the hints of a schema, and adds the actions of the schema.
    static func read(
        _ json: JSONValue, _ hints: EntityHints? = nil, limits: EntityLimits = EntityLimits()
    ) throws(JSONShapeError) -> EntityStore {
        let entities = try EntityReader.entities(json, hints)
        do throws(EntityError) {
            let actions = hints?.actions ?? []
            let known = Set(actions.map(\.uid))
            // The schema's own entity of an action takes the place of a written one.
            return try EntityStore(entities.filter { !known.contains($0.uid) } + actions, limits: limits)
        } catch {
            throw JSONShapeError(.entities(error))
        }
    }
}

extension Record {
    /// Reads the context of a request from JSON, without a schema.
    public static func parse(json bytes: [UInt8]) throws(JSONShapeError) -> Record {
        try ValueReader.context(try JSONValue.read(bytes))
    }
}
