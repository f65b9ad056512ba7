import MartletCore
import MartletJSON
import MartletMCP
import NIOCore

/// Hears a child process while nobody calls, for all callers that share it.
///
/// The child is asked once for everything that somebody wants. That a list changed is told to everybody who listens; an
/// update only to callers that subscribed to exactly this resource. Confined to the child's loop.
final class ChildListener {
    /// One `subscriptions/listen`; of a child of the session era the proof that it runs, for its whole life.
    final class Stream {
        let number: Int64
        var filter: ListenFilter
        /// What the child calls it: our id of the message.
        var id: Int64?
        var accepted: ListenFilter?
        var isOfSession = false
        var began = NIODeadline.now()

        init(_ number: Int64, _ filter: ListenFilter) {
            self.number = number
            self.filter = filter
        }
    }

    private struct Wish {
        var filter: ListenFilter
        var ear: ChangeEar
    }

    private unowned let child: StdioChild
    /// Below zero: calls count upwards.
    private var lastNumber: Int64 = 0
    private var wishes: [CallerKey: Wish] = [:]
    private var waiting: [ListenReady] = []
    private var current: Stream?
    private var opening: Stream?
    private var backoff = Backoff(first: .milliseconds(100), longest: .seconds(60), stable: .seconds(30))
    private var isPausing = false
    private var isClosed = false
    private var hasGap = false
    /// Whoever listens has reason to think that the child is heard.
    private var isBelieved = false
    /// Why it is not heard now.
    private var trouble = UpstreamFailure.brokenOff
    /// The child has no such method: it is not asked again in this life.
    private var isAbsent = false
    /// What a child of the session era is subscribed to, as far as we know.
    private(set) var subscribed: Set<ResourceURI> = []

    init(_ child: StdioChild) {
        self.child = child
        child.heard = { [weak self] in self?.hear($0, $1) }
        child.lifeEnded = { [weak self] in self?.lifeEnded() }
    }

    // MARK: - Wishes

    func ask(
        for filter: ListenFilter, _ caller: CallerKey, _ ear: @escaping ChangeEar, ready: @escaping ListenReady
    ) {
        wishes[caller] = filter.isEmpty ? nil : Wish(filter: filter, ear: ear)
        waiting.append(ready)
        reconcile()
    }

    func close() {
        isClosed = true
        settle()
    }

    private var wanted: ListenFilter {
        wishes.values.reduce(into: ListenFilter()) { $0.formUnion($1.filter) }
    }

    /// Whether anybody who listens wants to hear of `uri`.
    func isWanted(_ uri: ResourceURI) -> Bool { wishes.values.contains { $0.filter.resources.contains(uri) } }

    func note(_ uri: ResourceURI, isSubscribed: Bool) {
        if isSubscribed { subscribed.insert(uri) } else { subscribed.remove(uri) }
    }

    private func settle() {
        let ready = waiting
        waiting = []
        let standing: ListenStanding =
            isAbsent ? .absent : current != nil || wishes.isEmpty ? .heard : .unheard(isClosed ? .closed : trouble)
        for call in ready { call(standing) }
    }

    // MARK: - What is open

    private func reconcile() {
        let filter = wanted
        if let current, current.isOfSession {
            current.filter = filter
            return subscribe(to: filter.resources)
        }
        guard !filter.isEmpty, !isClosed else {
            // Forgotten first: what is given up ends on this very stack, and that is no gap.
            let streams = [opening, current].compactMap { $0 }
            (opening, current, isBelieved) = (nil, nil, false)
            for stream in streams { child.cancel(stream.number) }
            return settle()
        }
        guard !isPausing, !isAbsent else { return settle() }
        if opening == nil, current?.filter == filter { return settle() }
        guard opening?.filter != filter else { return }
        let old = opening
        lastNumber -= 1
        open(Stream(lastNumber, filter))
        if let old { child.cancel(old.number) }
    }

    private func open(_ stream: Stream) {
        opening = stream
        let bound = NIOLoopBound((self, stream), eventLoop: child.loop)
        var exchange = StdioExchange(
            deadline: .now() + StreamKeeper.longestStream, hearing: Hearing(), number: stream.number
        ) { id, dialect in
            let stream = bound.value.1
            stream.id = id
            stream.isOfSession = dialect.version.era == .legacy
            return stream.isOfSession
                ? UpstreamRequest.ping(id: id, dialect) : UpstreamRequest.listen(id: id, stream.filter, dialect)
        } completion: {
            bound.value.0.ended(bound.value.1, $0)
        }
        exchange.isStanding = true
        child.submit(exchange)
        child.loop.assumeIsolated().scheduleTask(in: StreamKeeper.patience) {
            let (listener, stream) = bound.value
            if listener.opening === stream { listener.child.cancel(stream.number) }
        }
    }

    private func opened(_ stream: Stream) {
        guard opening === stream else { return }
        let old = current
        (current, opening, isBelieved) = (stream, nil, true)
        stream.began = .now()
        if let old, !old.isOfSession { child.cancel(old.number) }
        if hasGap {
            hasGap = false
            for wish in wishes.values {
                for change in wish.filter.everything { wish.ear(.changed(change)) }
            }
        }
        reconcile()
    }

    private func ended(_ stream: Stream, _ result: Result<Answered, UpstreamFailure>) {
        if stream.isOfSession, case .success = result { return opened(stream) }
        guard opening === stream || current === stream else { return }
        let life = current === stream ? NIODeadline.now() - stream.began : .zero
        if opening === stream { opening = nil } else { current = nil }
        hasGap = true
        if case .success((.error(let code, _, _), _)) = result, code == ErrorCode.methodNotFound { isAbsent = true }
        if case .failure(let failure) = result { trouble = failure == .cancelled ? .timedOut : failure }
        if case .failure(.closed) = result { isClosed = true }
        if current == nil, life == .zero, !isAbsent { lose() }
        tryAgain(afterLifeOf: life)
    }

    /// A stream that broke is opened again at once; when that fails, whoever listens is told.
    private func lose() {
        if isBelieved { for wish in wishes.values { wish.ear(.lost) } }
        isBelieved = false
    }

    /// The process is gone, and with it everything it was asked for.
    private func lifeEnded() {
        isAbsent = false
        subscribed = []
        guard let stream = current, stream.isOfSession else { return }
        current = nil
        hasGap = true
        tryAgain(afterLifeOf: .now() - stream.began)
    }

    private func tryAgain(afterLifeOf life: TimeAmount) {
        settle()
        guard !isPausing, !isClosed, !wishes.isEmpty else { return }
        isPausing = true
        child.loop.assumeIsolated().scheduleTask(in: backoff.delay(afterLifeOf: life)) { [weak self] in
            guard let self else { return }
            isPausing = false
            reconcile()
        }
    }

    // MARK: - Subscriptions of a session

    private func subscribe(to resources: Set<ResourceURI>) {
        for uri in resources.subtracting(subscribed) { tell(.subscribe, uri) }
        for uri in subscribed.subtracting(resources) { tell(.unsubscribe, uri) }
        settle()
    }

    /// The child reads in order: whatever happens after this, it knows of the subscription by then.
    private func tell(_ method: Method, _ uri: ResourceURI) {
        note(uri, isSubscribed: method == .subscribe)
        child.submit(
            StdioExchange(deadline: .now() + StreamKeeper.patience, hearing: Hearing()) { id, dialect in
                UpstreamRequest.subscribe(method, id: id, uri, dialect)
            } completion: { _ in
            })
    }

    // MARK: - Hearing

    private func hear(_ method: String, _ params: JSONValue?) {
        if let current, current.isOfSession {
            if let change = Change(method: method, params: params) { tell(change) }
            return
        }
        for stream in [opening, current].compactMap({ $0 }) {
            guard let id = stream.id, let message = ListenMessage(method: method, params: params, ofRequest: id) else {
                continue
            }
            switch message {
            case .acknowledged(let promised):
                guard stream.accepted == nil else { return }
                stream.accepted = promised.intersection(stream.filter)
                opened(stream)
            case .changed(let change):
                if stream.accepted?.covers(change) ?? false { tell(change) }
            }
            return
        }
    }

    private func tell(_ change: Change) {
        for wish in wishes.values where wish.filter.covers(change) { wish.ear(.changed(change)) }
    }
}
