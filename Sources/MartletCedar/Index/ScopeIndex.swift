/// Finds the policies whose scope can admit a request without looking at the others.
///
/// Three levels: action, principal, resource. Each policy stands under one key of each, the most exact one that its
/// constraint allows; `action in [a, b]` under several. A request is looked up under `any`, the types and the entities
/// with all they are in. What is found is a superset of what is admitted, so that the scope is still asked. Soundness:
/// cedar-spec, Lean, `Thm/PolicySlice`.
struct ScopeIndex: Sendable {
    private var root = Level<Level<Level<[Place]>>>()

    init(_ policies: [Policy]) {
        for (index, policy) in policies.enumerated() {
            let principal = ScopeKey(policy.body.principal)
            let resource = ScopeKey(policy.body.resource)
            let actions = policy.body.action.keys
            let place = Place(index: Int32(index), isRepeated: actions.count > 1)
            for action in actions {
                root.update(action, .init()) { byPrincipal in
                    byPrincipal.update(principal, .init()) { byResource in
                        byResource.update(resource, []) { $0.append(place) }
                    }
                }
            }
        }
    }

    /// Calls `body` with the place of each candidate, each once, in no particular order.
    func forEachCandidate(for request: Request, _ entities: EntityStore, _ body: (Int) -> Void) {
        var seen: Set<Int32> = []
        root.forEach(request.action, entities) { byPrincipal in
            byPrincipal.forEach(request.principal, entities) { byResource in
                byResource.forEach(request.resource, entities) { places in
                    for place in places where !place.isRepeated || seen.insert(place.index).inserted {
                        body(Int(place.index))
                    }
                }
            }
        }
    }

    /// The place of a policy in its set, and whether it stands under several actions.
    private struct Place {
        let index: Int32
        let isRepeated: Bool
    }
}

/// Where a constraint stands in one level.
private enum ScopeKey {
    case any
    case type(EntityType)
    case entity(EntityUID)

    init(_ constraint: ScopeConstraint) {
        switch constraint {
        case .any: self = .any
        case .isType(let type): self = .type(type)
        case .equal(.entity(let uid)), .in(.entity(let uid)), .isTypeIn(_, .entity(let uid)): self = .entity(uid)
        // Open slots admit nothing; they are never evaluated.
        case .equal(.slot), .in(.slot), .isTypeIn(_, .slot): self = .any
        }
    }
}

extension ActionConstraint {
    /// Where the constraint stands; nowhere when it admits nothing.
    fileprivate var keys: [ScopeKey] {
        switch self {
        case .any: [.any]
        case .equal(let uid), .in(let uid): [.entity(uid)]
        case .inAny(let uids): Set(uids).map { .entity($0) }
        }
    }
}

/// One level of the index.
private struct Level<Next: Sendable>: Sendable {
    private var any: Next?
    private var byType: [EntityType: Next] = [:]
    private var byEntity: [EntityUID: Next] = [:]

    mutating func update(_ key: ScopeKey, _ empty: @autoclosure () -> Next, _ change: (inout Next) -> Void) {
        switch key {
        case .any:
            var next = any ?? empty()
            any = nil
            change(&next)
            any = next
        case .type(let type): change(&byType[type, default: empty()])
        case .entity(let uid): change(&byEntity[uid, default: empty()])
        }
    }

    /// All that stands under a key that can admit `uid`.
    func forEach(_ uid: EntityUID, _ entities: EntityStore, _ body: (Next) -> Void) {
        if let any { body(any) }
        if !byType.isEmpty, let next = byType[uid.type] { body(next) }
        guard !byEntity.isEmpty else { return }
        if let next = byEntity[uid] { body(next) }
        let ancestors = entities.ancestors(of: uid)
        if ancestors.count <= byEntity.count {
            for ancestor in ancestors {
                if let next = byEntity[ancestor] { body(next) }
            }
        } else {
            for (key, next) in byEntity where ancestors.contains(key) { body(next) }
        }
    }
}
