import MartletCore
import MartletMCP
import Synchronization

/// What is wanted of an upstream while nobody calls, and the mailbox of the task that sees to it.
///
/// For one caller at an HTTP upstream. Its changes go to the ear at once, on the loop that reads them; everything that
/// takes time is a signal to the task.
final class ChangeWatch: Sendable {
    enum Signal: Sendable {
        /// Something else is wanted than before.
        case wish
        /// The upstream tells what the stream of this number asked for.
        case opened(Int64)
        /// The stream of this number is over.
        case ended(Int64, UpstreamStream.End)
        /// The stream of this number should be open by now.
        case overdue(Int64)
        /// The pause after a failure is over.
        case due
        /// The session of the upstream is to be looked at.
        case touch
    }

    private struct Wish {
        var filter: ListenFilter
        var ear: ChangeEar
        /// Who waits until the upstream is heard.
        var waiting: [ListenReady]
        /// What the upstream's session is subscribed to, as far as we know.
        var subscribed: Set<ResourceURI> = []
    }

    let key: CallerKey
    private let wish: Mutex<Wish>
    private let tools: ToolNews
    let signals: AsyncStream<Signal>
    private let mailbox: AsyncStream<Signal>.Continuation

    init(
        _ key: CallerKey, _ filter: ListenFilter, ear: @escaping ChangeEar, tools: ToolNews,
        ready: @escaping ListenReady
    ) {
        self.key = key
        self.tools = tools
        wish = Mutex(Wish(filter: filter, ear: ear, waiting: [ready]))
        // Bounded by what is under way: a few signals for each wish and each stream.
        (signals, mailbox) = AsyncStream.makeStream()
        post(.wish)
    }

    func post(_ signal: Signal) { mailbox.yield(signal) }

    /// Takes another wish.
    func ask(for filter: ListenFilter, ear: @escaping ChangeEar, ready: @escaping ListenReady) {
        wish.withLock { wish in
            wish.filter = filter
            wish.ear = ear
            wish.waiting.append(ready)
        }
        post(.wish)
    }

    var filter: ListenFilter { wish.withLock { $0.filter } }

    func tell(_ change: Change) {
        tools.note(change)
        let ear = wish.withLock { $0.filter.covers(change) ? $0.ear : nil }
        ear?(.changed(change))
    }

    /// After a gap: whatever could have changed has.
    func tellEverything() {
        let (filter, ear) = wish.withLock { ($0.filter, $0.ear) }
        for change in filter.everything {
            tools.note(change)
            ear(.changed(change))
        }
    }

    /// The upstream was heard, and no longer is.
    func tellLost() { wish.withLock { $0.ear }(.lost) }

    /// The upstream is heard as well as it can be now.
    func settle(_ standing: ListenStanding) {
        let waiting = wish.withLock { wish in
            defer { wish.waiting = [] }
            return wish.waiting
        }
        for ready in waiting { ready(standing) }
    }

    // MARK: - Subscriptions of a session

    var subscribed: Set<ResourceURI> { wish.withLock { $0.subscribed } }

    func forgetSubscriptions() { wish.withLock { $0.subscribed = [] } }

    func note(_ uri: ResourceURI, isSubscribed: Bool) {
        wish.withLock { wish in
            if isSubscribed { wish.subscribed.insert(uri) } else { wish.subscribed.remove(uri) }
        }
    }
}
