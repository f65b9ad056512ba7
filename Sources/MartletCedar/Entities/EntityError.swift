/// Why entities are no hierarchy.
public enum EntityError: Error, Hashable, Sendable {
    /// Two different entities of this identity.
    case duplicate(EntityUID)
    /// This entity is in itself.
    case cycle(EntityUID)
    /// One of ``EntityLimits``.
    case limitExceeded(String)
}

extension EntityError: CustomStringConvertible {
    /// A sentence for people.
    public var description: String {
        switch self {
        case .duplicate(let uid): "the entity `\(uid)` is there twice, with different content"
        case .cycle(let uid): "the entity `\(uid)` is in itself"
        case .limitExceeded(let limit): "more than this implementation takes: \(limit)"
        }
    }
}

/// How many entities a store takes. Every limit is inclusive.
public struct EntityLimits: Hashable, Sendable {
    /// Most entities. Default 1,000,000.
    public var maximumEntities = 1_000_000
    /// Most pairs of an entity and something it is in, over the whole store. Default 10,000,000: a chain of 4,000
    /// entities has eight million.
    public var maximumAncestors = 10_000_000

    /// The defaults.
    public init() {}
}
