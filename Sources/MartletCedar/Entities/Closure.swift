/// The transitive closure of "is directly in".
enum Closure {
    /// Everything each entity is in. Walks without recursion: parents first.
    ///
    /// `outside` gives what an entity is in that is none of these; such an entity is in none of these.
    static func ancestors(
        of entities: [EntityUID: Entity], limits: EntityLimits, outside: (EntityUID) -> Set<EntityUID> = { _ in [] }
    ) throws(EntityError) -> [EntityUID: Set<EntityUID>] {
        var children: [EntityUID: [EntityUID]] = [:]
        var open: [EntityUID: Int] = [:]
        var ready: [EntityUID] = []
        for (uid, entity) in entities {
            let known = entity.parents.filter { entities[$0] != nil }
            for parent in known { children[parent, default: []].append(uid) }
            if known.isEmpty { ready.append(uid) } else { open[uid] = known.count }
        }
        var ancestors: [EntityUID: Set<EntityUID>] = [:]
        var total = 0
        while let uid = ready.popLast() {
            var all = entities[uid]?.parents ?? []
            for parent in entities[uid]?.parents ?? [] {
                all.formUnion(ancestors[parent] ?? outside(parent))
                guard total + all.count <= limits.maximumAncestors else { throw .limitExceeded("ancestors") }
            }
            total += all.count
            ancestors[uid] = all
            for child in children[uid] ?? [] {
                let left = (open[child] ?? 1) - 1
                open[child] = left == 0 ? nil : left
                if left == 0 { ready.append(child) }
            }
        }
        // What was never ready is in a cycle, or below one.
        guard let cyclic = open.keys.min() else { return ancestors }
        throw .cycle(cyclic)
    }
}
