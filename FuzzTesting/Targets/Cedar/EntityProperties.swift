import MartletCedar

/// Entities that are read are written as what is read again, with a schema and without one; ancestors are complete.
enum EntityProperties {
    static func check(_ input: [UInt8]) throws(Violation) {
        if let store = PolicyProperties.read({ () throws(JSONShapeError) in try EntityStore.parse(json: input) }) {
            let again = PolicyProperties.read { () throws(JSONShapeError) in try EntityStore.parse(json: store.json) }
            try require(again.map(\.content) == store.content, "entities are not read as they were written")
            try checkAncestors(store)
        }
        guard let world = CedarWorld.shared else { throw Violation(description: "the world of the entities is broken") }
        let schema = world.schema
        if let store = PolicyProperties.read({ () throws(SchemaReadingError) in try schema.entities(json: input) }) {
            let again = PolicyProperties.read { () throws(SchemaReadingError) in
                try schema.entities(json: store.json)
            }
            try require(again.map(\.content) == store.content, "entities of a schema are not read as they were written")
            try checkAncestors(store)
        }
        _ = PolicyProperties.read { () throws(JSONShapeError) in try Record.parse(json: input) }
        for action in world.schema.actions.keys {
            _ = PolicyProperties.read { () throws(SchemaReadingError) in
                try world.schema.context(json: input, action: action)
            }
        }
    }

    private static func checkAncestors(_ store: EntityStore) throws(Violation) {
        for entity in store.entities {
            let ancestors = store.ancestors(of: entity.uid)
            var expected = entity.parents
            for parent in entity.parents { expected.formUnion(store.ancestors(of: parent)) }
            try require(ancestors == expected, "\(entity.uid) is in something else than its parents are in")
            try require(!ancestors.contains(entity.uid), "\(entity.uid) is in itself")
        }
    }
}

extension EntityStore {
    fileprivate var content: [EntityUID: Entity] {
        Dictionary(entities.map { ($0.uid, $0) }, uniquingKeysWith: { first, _ in first })
    }
}
