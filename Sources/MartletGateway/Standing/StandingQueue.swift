import MartletCore
import MartletMCP

/// What waits for one reader of a standing stream: each change at most once, so never more than its filter names.
///
/// A synchronous value that says what to send. One message is out at a time; what happens meanwhile is condensed.
struct StandingQueue: Sendable {
    private(set) var filter: StreamFilter
    /// In the order in which they happened first.
    private var waiting: [HeardChange] = []
    /// The socket has not taken the last message yet; true until the first one is out.
    private var isWriting = true
    private var isSending = false
    /// A message whose change had to be recorded first; it is out already, and keeps its place.
    private var prepared: [UInt8]?

    /// What the sender is to do.
    enum Step: Sendable {
        case tell(HeardChange)
        case send([UInt8])

        /// What a step is about; nil for what is only sent.
        var change: Change? {
            if case .tell(let heard) = self { heard.change } else { nil }
        }
    }

    init(_ filter: StreamFilter) { self.filter = filter }

    /// Puts a change in line; one that waits there already stays where it is, and one that is not for this reader is
    /// dropped.
    mutating func take(_ change: Change, of upstream: UpstreamID) {
        guard filter.covers(change, of: upstream) else { return }
        let heard = HeardChange(change, of: upstream)
        // Of a task only the latest state is worth telling.
        if let index = waiting.firstIndex(of: heard) { waiting[index] = heard } else { waiting.append(heard) }
    }

    /// A session has subscribed to other resources.
    mutating func replaceResources(_ resources: Set<ResourceURI>, of upstream: UpstreamID) {
        filter.replaceResources(resources, of: upstream)
        waiting.removeAll { !filter.covers($0) }
    }

    /// Whether the caller has to send; false while somebody is at it.
    mutating func startSending() -> Bool {
        defer { isSending = true }
        return !isSending
    }

    /// The message is ready for the change that `next` has given out last.
    mutating func prepare(_ message: [UInt8]) { prepared = message }

    /// The next thing to do; nil when nothing may be done now, and then the caller is no longer sending.
    mutating func next() -> Step? {
        if let message = prepared {
            prepared = nil
            return .send(message)
        }
        guard !isWriting, !waiting.isEmpty else {
            isSending = false
            return nil
        }
        isWriting = true
        return .tell(waiting.removeFirst())
    }

    /// The last message is out of our hands, or was not sent after all.
    mutating func wrote() { isWriting = false }

    var count: Int { waiting.count }
}
