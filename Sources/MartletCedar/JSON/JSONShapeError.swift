/// Why JSON is no policy, entity or value, with the place.
public struct JSONShapeError: Error, Hashable, Sendable {
    /// What is wrong.
    public let kind: Kind
    /// Where: keys and indexes, outermost first.
    public let path: [String]

    init(_ kind: Kind, path: [String] = []) {
        self.kind = kind
        self.path = path
    }

    /// What is wrong.
    public enum Kind: Hashable, Sendable {
        /// The bytes are no JSON, or more than is read; the phrase says why.
        case notJSON(String)
        /// Another thing than what has to be here.
        case expected(String)
        /// A member that has to be here.
        case missing(String)
        /// A member that must not be here.
        case unknown(String)
        /// `null`, which is no value of Cedar.
        case null
        /// A number with a fraction or exponent, or outside of 64 bits.
        case notInteger
        /// `__expr`, which Cedar does not read any more.
        case expressionEscape
        /// A text that is no name of a type.
        case invalidName(String)
        /// A function that does not exist, or that takes no such arguments.
        case invalidCall(String)
        /// A type that the schema does not have.
        case unknownEntityType(EntityType)
        /// A parent of an action that is no action.
        case parentOfAction(EntityUID)
        /// A policy set does not take what was read.
        case policySet(PolicySetError)
        /// The entities are no hierarchy.
        case entities(EntityError)
    }

    func at(_ step: String) -> JSONShapeError { JSONShapeError(kind, path: [step] + path) }
}

extension JSONShapeError: CustomStringConvertible {
    /// A sentence with the place.
    public var description: String { path.isEmpty ? "\(kind)" : "/\(path.joined(separator: "/")): \(kind)" }
}

extension JSONShapeError.Kind: CustomStringConvertible {
    /// A phrase for people, without the place.
    public var description: String {
        switch self {
        case .notJSON(let reason): "not JSON: \(reason)"
        case .expected(let what): "expected \(what)"
        case .missing(let key): "expected the member `\(key)`"
        case .unknown(let key): "there is no member `\(key)` here"
        case .null: "null is no value of Cedar"
        case .notInteger: "expected an integer of 64 bits"
        case .expressionEscape: "`__expr` is not supported any more"
        case .invalidName(let name): "`\(name)` is no name of a type"
        case .invalidCall(let name): "`\(name)` is no function for this, or has other arguments"
        case .unknownEntityType(let type): "the schema has no entity type `\(type)`"
        case .parentOfAction(let uid): "`\(uid)` is no action, and an action is in it"
        case .policySet(let error): "\(error)"
        case .entities(let error): "\(error)"
        }
    }
}
