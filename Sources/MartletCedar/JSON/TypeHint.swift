/// What a schema says about the type of a value: as much as reading JSON needs to know.
///
/// With a hint, `"10.0.0.1"` can be an address and `{"type": …, "id": …}` an entity. Reading by a hint is no validation.
/// Source: cedar-policy 4.12, `entities/json/schema_types.rs`.
indirect enum TypeHint: Hashable, Sendable {
    /// Read as without a schema.
    case plain
    /// An entity, with or without `__entity`.
    case entity
    /// A value of an extension, with or without `__extn`; the constructor is named.
    case `extension`(ExtensionFunction)
    /// A set of such values.
    case set(TypeHint)
    /// A record with these fields; others are an error unless it is open.
    case record([Text: Field], isOpen: Bool)

    /// A field of a record.
    struct Field: Hashable, Sendable {
        var type: TypeHint
        var isRequired: Bool
    }
}

/// What a schema says about the entities of one type.
struct EntityHint: Hashable, Sendable {
    var attributes: [Text: TypeHint]
    /// Whether there can be other attributes.
    var isOpen = false
    /// The type of the tags; nil when there are none.
    var tags: TypeHint?
}

/// What a schema says about entities: those of types that are not here are an error, unless they are actions.
struct EntityHints: Hashable, Sendable {
    var types: [EntityType: EntityHint]
    /// The entities of the actions, which the schema adds to every store.
    var actions: [Entity] = []
}
