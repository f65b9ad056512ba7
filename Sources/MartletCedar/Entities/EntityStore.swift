/// Entities by identity, each with all that it is in, however many steps away.
public struct EntityStore: Sendable {
    /// An entity and everything it is in, itself not included.
    final class Stored: Sendable {
        let entity: Entity
        let ancestors: Set<EntityUID>

        init(entity: Entity, ancestors: Set<EntityUID>) {
            self.entity = entity
            self.ancestors = ancestors
        }
    }

    /// What the store was made with; shared by all that is laid over it.
    private let base: [EntityUID: Stored]
    /// What was laid over it; none of it is in `base`, and nothing in `base` is in one of these.
    private let overlay: [EntityUID: Stored]
    /// A single one that was laid over it, in place of `overlay`: the caller of a request.
    private let single: Stored?
    /// What entities of `base` are in that does not exist.
    private let dangling: Set<EntityUID>

    /// No entities.
    public static let empty = EntityStore(base: [:], dangling: [])

    private init(
        base: [EntityUID: Stored], overlay: [EntityUID: Stored] = [:], single: Stored? = nil, dangling: Set<EntityUID>
    ) {
        self.base = base
        self.overlay = overlay
        self.single = single
        self.dangling = dangling
    }

    /// Creates a store. An entity may be there twice when both are equal; no entity may be in itself, however many steps
    /// away.
    public init(_ entities: some Sequence<Entity>, limits: EntityLimits = EntityLimits()) throws(EntityError) {
        let byUID = try Self.byUID(entities, limits)
        let ancestors = try Closure.ancestors(of: byUID, limits: limits)
        base = byUID.mapValues { Stored(entity: $0, ancestors: ancestors[$0.uid] ?? []) }
        overlay = [:]
        single = nil
        dangling = Set(byUID.values.lazy.flatMap(\.parents).filter { byUID[$0] == nil })
    }

    private static func byUID(
        _ entities: some Sequence<Entity>, _ limits: EntityLimits
    ) throws(EntityError) -> [EntityUID: Entity] {
        var byUID: [EntityUID: Entity] = [:]
        for entity in entities {
            if let other = byUID.updateValue(entity, forKey: entity.uid), other != entity {
                throw .duplicate(entity.uid)
            }
            guard byUID.count <= limits.maximumEntities else { throw .limitExceeded("number of entities") }
        }
        return byUID
    }

    func stored(_ uid: EntityUID) -> Stored? {
        if let single, single.entity.uid == uid { return single }
        return base[uid] ?? (overlay.isEmpty ? nil : overlay[uid])
    }

    /// Whether nothing was laid over the base.
    private var isBare: Bool { overlay.isEmpty && single == nil }

    /// The entity of this identity; nil when there is none.
    public func entity(_ uid: EntityUID) -> Entity? { stored(uid)?.entity }

    /// The number of entities.
    public var count: Int { base.count + overlay.count + (single == nil ? 0 : 1) }

    /// All entities, in no particular order.
    public var entities: [Entity] {
        base.values.map(\.entity) + overlay.values.map(\.entity) + (single.map { [$0.entity] } ?? [])
    }

    /// Everything the entity is in, itself not included; nothing when there is no such entity.
    public func ancestors(of uid: EntityUID) -> Set<EntityUID> { stored(uid)?.ancestors ?? [] }

    /// Whether `uid` is `container`, or is in it.
    public func isIn(_ uid: EntityUID, _ container: EntityUID) -> Bool {
        uid == container || stored(uid)?.ancestors.contains(container) ?? false
    }
}

extension EntityStore {
    /// The store with more entities, under the same rules, for example those of one request.
    ///
    /// Takes time in proportion to the new entities, unless one of them is what an old one is in: then everything is
    /// computed again.
    public func adding(
        _ entities: some Sequence<Entity>, limits: EntityLimits = EntityLimits()
    ) throws(EntityError) -> EntityStore {
        var new = try Self.byUID(entities, limits)
        for (uid, entity) in new {
            guard let old = stored(uid)?.entity else { continue }
            guard old == entity else { throw .duplicate(uid) }
            new[uid] = nil
        }
        let isBelow = new.keys.contains { dangling.contains($0) }
        guard isBare, !isBelow, count + new.count <= limits.maximumEntities else {
            return try EntityStore(self.entities + new.values, limits: limits)
        }
        let ancestors = try Closure.ancestors(of: new, limits: limits) { self.ancestors(of: $0) }
        let overlay = new.mapValues { Stored(entity: $0, ancestors: ancestors[$0.uid] ?? []) }
        return EntityStore(base: base, overlay: overlay, dangling: dangling)
    }

    /// The same for one entity, in the time that its parents take: the caller of a request.
    public func adding(
        _ entity: Entity, limits: EntityLimits = EntityLimits()
    ) throws(EntityError) -> EntityStore {
        guard isBare, base[entity.uid] == nil, !dangling.contains(entity.uid),
            !entity.parents.contains(entity.uid), count < limits.maximumEntities
        else { return try adding(CollectionOfOne(entity), limits: limits) }
        var ancestors = entity.parents
        for parent in entity.parents {
            let above = self.ancestors(of: parent)
            if !above.isEmpty { ancestors.formUnion(above) }
        }
        guard ancestors.count <= limits.maximumAncestors else { throw .limitExceeded("ancestors") }
        return EntityStore(base: base, single: Stored(entity: entity, ancestors: ancestors), dangling: dangling)
    }
}
