/// An entity: what an identity stands for.
public struct Entity: Hashable, Sendable {
    /// Its identity.
    public let uid: EntityUID
    /// Its attributes.
    public let attributes: Record
    /// Its tags.
    public let tags: Record
    /// What it is directly in; those need not exist.
    public let parents: Set<EntityUID>

    /// Creates an entity.
    public init(
        _ uid: EntityUID, attributes: Record = .empty, tags: Record = .empty, parents: Set<EntityUID> = []
    ) {
        self.uid = uid
        self.attributes = attributes
        self.tags = tags
        self.parents = parents
    }
}
