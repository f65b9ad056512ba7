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

    init(_ filter: StreamFilter) { self.filter = filter }

    /// Puts a change in line; nothing happens when it waits there already, or is not for this reader.
    mutating func take(_ change: Change, of upstream: UpstreamID) {
        guard filter.covers(change, of: upstream) else { return }
        let heard = HeardChange(change, of: upstream)
        if !waiting.contains(heard) { waiting.append(heard) }
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

    /// The next change to send; nil when none may go now, and then the caller is no longer sending.
    mutating func next() -> HeardChange? {
        guard !isWriting, !waiting.isEmpty else {
            isSending = false
            return nil
        }
        isWriting = true
        return waiting.removeFirst()
    }

    /// The last message is out of our hands, or was not sent after all.
    mutating func wrote() { isWriting = false }

    var count: Int { waiting.count }
}
