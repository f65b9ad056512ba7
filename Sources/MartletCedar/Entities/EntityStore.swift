/// Entities by identity, each with all that it is in, however many steps away.
public struct EntityStore: Sendable {
    /// An entity and everything it is in, itself not included.
    struct Stored: Sendable {
        let entity: Entity
        let ancestors: Set<EntityUID>
    }

    private let stored: [EntityUID: Stored]

    /// No entities.
    public static let empty = EntityStore(stored: [:])

    private init(stored: [EntityUID: Stored]) { self.stored = stored }

    /// Creates a store. An entity may be there twice when both are equal; no entity may be in itself, however many steps
    /// away.
    public init(_ entities: some Sequence<Entity>, limits: EntityLimits = EntityLimits()) throws(EntityError) {
        var byUID: [EntityUID: Entity] = [:]
        for entity in entities {
            if let other = byUID.updateValue(entity, forKey: entity.uid), other != entity {
                throw .duplicate(entity.uid)
            }
            guard byUID.count <= limits.maximumEntities else { throw .limitExceeded("number of entities") }
        }
        let ancestors = try Closure.ancestors(of: byUID, limits: limits)
        stored = byUID.mapValues { Stored(entity: $0, ancestors: ancestors[$0.uid] ?? []) }
    }

    /// The entity of this identity; nil when there is none.
    public func entity(_ uid: EntityUID) -> Entity? { stored[uid]?.entity }

    /// The number of entities.
    public var count: Int { stored.count }

    /// All entities, in no particular order.
    public var entities: some Sequence<Entity> { stored.values.lazy.map(\.entity) }

    /// Everything the entity is in, itself not included; nothing when there is no such entity.
    public func ancestors(of uid: EntityUID) -> Set<EntityUID> { stored[uid]?.ancestors ?? [] }

    /// Whether `uid` is `container`, or is in it.
    public func isIn(_ uid: EntityUID, _ container: EntityUID) -> Bool {
        uid == container || stored[uid]?.ancestors.contains(container) ?? false
    }

    /// The store with more entities, under the same rules.
    public func adding(
        _ entities: some Sequence<Entity>, limits: EntityLimits = EntityLimits()
    ) throws(EntityError) -> EntityStore {
        try EntityStore(Array(self.entities) + Array(entities), limits: limits)
    }
}
