package import MartletCore
import MartletJSON

/// What the arguments of one record give for the index.
package enum ReadArguments: Hashable, Sendable {
    /// No arguments are sealed beside it.
    case none
    /// The tokens of the declared values that are there, perhaps none, and the key that the arguments are sealed under.
    case tokens([ArgumentToken], KeyID)
    /// They cannot be looked into.
    case closed(KeyID)
}

/// Opens sealed arguments and makes tokens of the declared ones.
package struct ArgumentReader {
    private let searched: SearchedArguments
    private let key: BlindKey
    private let keys: ReadingKeys

    package init(_ searched: SearchedArguments, under key: BlindKey, opening keys: ReadingKeys) {
        self.searched = searched
        self.key = key
        self.keys = keys
    }

    /// Types whose records may have arguments sealed beside them.
    package static let types: [RecordType] = [.callIntent, .callDenied, .approvalRequested]

    package func read(_ entry: TimelineEntry, payload: [UInt8]?) -> ReadArguments {
        guard let sealed = entry.sealed else { return .none }
        switch keys.values(of: entry, payload: payload) {
        case .none: return .none
        case .sealed, .erased, .keyMissing, .missing, .contradicts: return .closed(sealed.key)
        case .opened(let values):
            guard let arguments = values.member("args") else { return .none }
            guard !Self.isCut(arguments) else { return .closed(sealed.key) }
            return .tokens(tokens(of: arguments, entry), sealed.key)
        }
    }

    private func tokens(of arguments: JSONValue, _ entry: TimelineEntry) -> [ArgumentToken] {
        searched.paths(of: entry.upstream, tool: entry.tool).compactMap { path in
            arguments.value(at: path.pointer).flatMap(ArgumentScalar.init).map { key.token(of: $0, at: path) }
        }
    }

    /// Whether they were too long to be kept whole.
    private static func isCut(_ arguments: JSONValue) -> Bool {
        arguments.member("truncated")?.bool == true
            && arguments.hasNoKey(but: ["truncated", "bytes", "digest", "start"])
    }
}

extension Erasures {
    /// The keys that the record says are destroyed; none for any other record.
    package static func keys(destroyedBy entry: TimelineEntry) -> [KeyID] {
        entry.type == .erasureExecuted ? ErasureFacts(entry)?.keys ?? [] : []
    }
}
