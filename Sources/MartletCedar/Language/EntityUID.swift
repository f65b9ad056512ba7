/// The type of an entity, for example `User` or `Shop::Order`.
public typealias EntityType = Name

/// The identity of an entity: its type and its id, for example `User::"alice"`.
///
/// One reference with its hash computed once, so that looking entities up costs little.
public struct EntityUID: Sendable {
    private final class Storage: Sendable {
        let type: EntityType
        let id: Text
        let hash: Int

        init(_ type: EntityType, _ id: Text) {
            self.type = type
            self.id = id
            var hasher = Hasher()
            hasher.combine(type)
            hasher.combine(id)
            hash = hasher.finalize()
        }
    }

    private let storage: Storage

    /// Creates an identity.
    public init(type: EntityType, id: Text) { storage = Storage(type, id) }

    /// The type.
    public var type: EntityType { storage.type }
    /// The id, any text.
    public var id: Text { storage.id }
}

extension EntityUID: Hashable, Comparable {
    /// Equal types and ids, byte for byte.
    public static func == (left: EntityUID, right: EntityUID) -> Bool {
        if left.storage === right.storage { return true }
        return left.storage.hash == right.storage.hash && left.id == right.id && left.type == right.type
    }

    /// By type, then by id.
    public static func < (left: EntityUID, right: EntityUID) -> Bool {
        left.type == right.type ? left.id < right.id : left.type < right.type
    }

    /// Uses the hash that was computed on creation.
    public func hash(into hasher: inout Hasher) { hasher.combine(storage.hash) }
}

extension EntityUID: CustomStringConvertible {
    /// As written in Cedar, for example `User::"alice"`.
    public var description: String { "\(type)::\(Quoted.string(id))" }
}
