/// An entity of which only some is known; nil is what is not.
public struct PartialEntity: Hashable, Sendable {
    /// Its identity.
    public let uid: EntityUID
    /// All its attributes.
    public let attributes: Record?
    /// All its tags.
    public let tags: Record?
    /// Everything it is in, in any number of steps.
    public let ancestors: Set<EntityUID>?

    /// Creates an entity that exists.
    public init(
        _ uid: EntityUID, attributes: Record? = nil, tags: Record? = nil, ancestors: Set<EntityUID>? = nil
    ) {
        self.uid = uid
        self.attributes = attributes
        self.tags = tags
        self.ancestors = ancestors
    }
}

/// What is known about entities. Those that are not here may exist or not.
public struct PartialEntities: Sendable {
    private var known: [EntityUID: PartialEntity] = [:]

    /// Nothing is known.
    public static let unknown = PartialEntities([])

    /// Creates it from entities; of several with one identity the last one counts.
    public init(_ entities: some Sequence<PartialEntity>) {
        for entity in entities { known[entity.uid] = entity }
    }

    /// All of these entities are known to the end; others are not.
    public init(_ store: EntityStore) {
        self.init(
            store.entities.map {
                PartialEntity(
                    $0.uid, attributes: $0.attributes, tags: $0.tags, ancestors: store.ancestors(of: $0.uid))
            })
    }

    subscript(uid: EntityUID) -> PartialEntity? { known[uid] }

    /// Whether `store` has all of these entities, as they are known.
    func areCompleted(by store: EntityStore) -> Bool {
        known.values.allSatisfy { entity in
            guard let full = store.entity(entity.uid) else { return false }
            return (entity.attributes ?? full.attributes) == full.attributes && (entity.tags ?? full.tags) == full.tags
                && (entity.ancestors ?? store.ancestors(of: entity.uid)) == store.ancestors(of: entity.uid)
        }
    }
}
