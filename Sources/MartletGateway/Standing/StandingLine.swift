import MartletAudit
import MartletCore
import MartletEgress
import MartletMCP
import Synchronization

/// One open standing stream: what its agent hears, in whose name, and until when.
final class StandingLine: Sendable {
    let stream: StandingStream
    let caller: CallerKey
    /// Nil in the modern era.
    let session: String?
    /// The agent's own name for the stream; nil in the session era.
    let subscription: RequestID?
    let naming: Naming
    /// What it hears; the same for its whole life.
    let upstreams: [UpstreamID]
    /// Asked at the last moment: a grant may have ended while the change waited for its reader.
    private let permits: @Sendable (HeardChange) -> Bool
    /// Sees to what has to be recorded before it is told: `send` or `skip` follow.
    private let recordFirst: @Sendable (TaskChange, UpstreamID, StandingLine) -> Void
    private let queue: Mutex<StandingQueue>

    init(
        _ stream: StandingStream, session: String?, subscription: RequestID?, filter: StreamFilter,
        permits: @escaping @Sendable (HeardChange) -> Bool,
        recordFirst: @escaping @Sendable (TaskChange, UpstreamID, StandingLine) -> Void = { $2.skip() }
    ) {
        self.stream = stream
        caller = CallerKey(stream.facts.principal)
        self.session = session
        self.subscription = subscription
        self.permits = permits
        self.recordFirst = recordFirst
        (naming, upstreams) = (filter.naming, filter.upstreams)
        queue = Mutex(StandingQueue(filter))
    }

    var id: CallID { stream.facts.id }
    var principal: Principal { stream.facts.principal }
    var expires: UnixTime { principal.credential.expires }
    var filter: StreamFilter { queue.withLock { $0.filter } }

    /// Sends the first message: the acknowledgement, or a comment that opens a session's stream. Changes follow it.
    func begin(_ degraded: [DegradedUpstream]) {
        guard queue.withLock({ $0.startSending() }) else { return }
        // On a route of one upstream there is nobody else, and the agent has nothing to decide.
        let named = naming == .aggregated ? degraded : []
        stream.begin(
            with: subscription.map {
                ServerSentEvent.encode(Reply.acknowledged(filter, subscription: $0, degraded: named))
            } ?? ServerSentEvent.keepAlive)
        sendWaiting()
    }

    func tell(_ change: Change, of upstream: UpstreamID) {
        queue.withLock { $0.take(change, of: upstream) }
        goOn()
    }

    func replaceResources(_ resources: Set<ResourceURI>, of upstream: UpstreamID) {
        queue.withLock { $0.replaceResources(resources, of: upstream) }
    }

    /// Sends what `recordFirst` was asked for.
    func send(_ message: [UInt8]) {
        queue.withLock { $0.prepare(message) }
        goOn()
    }

    /// What was to be told is not.
    func skip() { wrote() }

    /// The socket has taken the last message.
    func wrote() {
        queue.withLock { $0.wrote() }
        goOn()
    }

    /// Ends the stream; in the modern era with the result of its request, when there is somebody to read it.
    func end(_ end: StreamEnd) {
        let last = end == .agentLeft ? nil : subscription
        stream.end(end, last: last.map { ServerSentEvent.encode(Reply.listenEnded(subscription: $0)) })
    }

    private func goOn() {
        if queue.withLock({ $0.startSending() }) { sendWaiting() }
    }

    /// One sender at a time: `wrote` may come while a message is being sent, on this very stack.
    private func sendWaiting() {
        while let step = queue.withLock({ $0.next() }) {
            switch step {
            case .send(let message): stream.send(ServerSentEvent.encode(message))
            case .tell(let heard): tellNow(heard)
            }
        }
    }

    private func tellNow(_ heard: HeardChange) {
        if case .task(let change) = heard.change, let upstream = heard.upstream {
            recordFirst(change, upstream, self)
        } else if permits(heard) {
            stream.send(ServerSentEvent.encode(heard.message(on: subscription, naming)))
        } else {
            queue.withLock { $0.wrote() }
        }
    }
}
