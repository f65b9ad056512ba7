/// Why the index cannot be used. The log is not touched by any of it.
package enum IndexError: Error, Hashable, Sendable {
    case database(StateError)
    /// The log cannot be read on from where the index stands.
    case log(SegmentFault)
    case file(FileError)
    /// The keys of sealed arguments cannot be asked for.
    case vault(StateError)

    init(_ error: any Error) {
        switch error {
        case let error as IndexError: self = error
        case let fault as SegmentFault: self = .log(fault)
        case let error as FileError: self = .file(error)
        default: self = .database(StateError(error))
        }
    }

    /// Whether the file must be made anew from the log.
    package var asksForRebuild: Bool {
        if case .database(.corrupted) = self { true } else { false }
    }
}

extension IndexError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .database(.foreignFile): "the file of the index is another program's database; move it away"
        case .database(let error): "the index: \(error)"
        case .log(let fault): "the log: \(fault)"
        case .file(let error): "the log: \(error)"
        case .vault(let error): "the vault: \(error)"
        }
    }
}
