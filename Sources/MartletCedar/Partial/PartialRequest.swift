/// A request of which only the types of the principal and the resource have to be known.
public struct PartialRequest: Hashable, Sendable {
    /// An entity of which the type is known, and perhaps the id.
    public struct Participant: Hashable, Sendable {
        /// The type.
        public let type: EntityType
        /// The entity; nil when it can be any of the type.
        public let uid: EntityUID?

        /// This entity.
        public static func known(_ uid: EntityUID) -> Participant { Participant(type: uid.type, uid: uid) }

        /// Any entity of this type.
        public static func any(_ type: EntityType) -> Participant { Participant(type: type, uid: nil) }
    }

    /// What is known about the context.
    public enum Context: Hashable, Sendable {
        /// It is this record.
        case known(Record)
        /// It has at least these fields; others may be there.
        case partial(Record)
        /// Nothing but its type.
        public static let unknown = Context.partial(.empty)

        /// The fields that are known.
        public var fields: Record {
            switch self {
            case .known(let record), .partial(let record): record
            }
        }
    }

    /// Who asks.
    public var principal: Participant
    /// What is asked for.
    public var action: EntityUID
    /// On what.
    public var resource: Participant
    /// Everything else about the request.
    public var context: Context

    /// Creates a request.
    public init(principal: Participant, action: EntityUID, resource: Participant, context: Context = .unknown) {
        self.principal = principal
        self.action = action
        self.resource = resource
        self.context = context
    }
}

extension PartialRequest {
    /// Whether `request` is this one with the unknown parts filled in.
    func isCompleted(by request: Request) -> Bool {
        guard request.action == action, principal.admits(request.principal), resource.admits(request.resource) else {
            return false
        }
        switch context {
        case .known(let record): return request.context == record
        case .partial(let record): return record.fields.allSatisfy { request.context[$0.key] == $0.value }
        }
    }
}

extension PartialRequest.Participant {
    fileprivate func admits(_ other: EntityUID) -> Bool { other.type == type && (uid == nil || uid == other) }
}
