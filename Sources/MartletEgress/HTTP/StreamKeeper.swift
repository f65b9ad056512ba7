import MartletCore
import MartletMCP
import NIOCore

/// Keeps the one stream of one caller at one upstream open, as long as something is wanted of it.
///
/// Lives in the task of its watch, signal by signal. A stream that has to ask for something else is opened before the old
/// one is closed; one that breaks is opened again, later and later, and everything it could have told is told then.
struct StreamKeeper {
    /// How long the upstream may take to open a stream. A caller waits for that.
    static let patience = TimeAmount.seconds(5)
    /// No wait is without an end: after this time a stream is opened anew, so that a dead peer is noticed.
    static let longestStream = TimeAmount.hours(1)

    let watch: ChangeWatch
    let upstream: HTTPUpstream
    var current: (stream: UpstreamStream, since: NIODeadline)?
    var opening: UpstreamStream?
    private var backoff = Backoff(first: .milliseconds(100), longest: .seconds(60), stable: .seconds(30))
    private var isPausing = false
    /// Something may have changed unheard.
    var hasGap = false
    /// The upstream has no such stream: it is not asked again.
    var isAbsent = false
    /// Whoever listens has reason to think that the upstream is heard.
    private var isBelieved = false
    /// Why it is not heard now.
    private var trouble = UpstreamFailure.brokenOff
    var session = SessionStream()

    init(_ watch: ChangeWatch, at upstream: HTTPUpstream) {
        self.watch = watch
        self.upstream = upstream
    }

    /// How the upstream is heard now, for whoever waits to know.
    private var standing: ListenStanding {
        if isAbsent { return .absent }
        return current != nil || watch.filter.isEmpty ? .heard : .unheard(trouble)
    }

    func settle() { watch.settle(standing) }

    /// Nothing is wanted, and nothing is open.
    var isIdle: Bool { watch.filter.isEmpty && current == nil && opening == nil }

    mutating func take(_ signal: ChangeWatch.Signal) async {
        switch signal {
        case .wish: await reconcile()
        case .opened(let number): await opened(number)
        case .ended(let number, let end): await ended(number, end)
        case .overdue(let number): if opening?.number == number { opening?.cancel() }
        case .touch: await touched()
        case .due:
            isPausing = false
            await reconcile()
        }
    }

    mutating func close() {
        opening?.cancel()
        current?.stream.cancel()
        (opening, current) = (nil, nil)
    }

    /// Nothing is kept any more.
    mutating func end() {
        session.touch?.cancel()
        close()
    }

    // MARK: - What is wanted

    mutating func reconcile() async {
        let filter = watch.filter
        guard !filter.isEmpty else {
            await endSubscriptions()
            close()
            isBelieved = false
            return settle()
        }
        guard !isPausing else { return settle() }
        switch await upstream.era(by: .now() + Self.patience) {
        case .failure(let failure): retryLater(after: failure)
        case .success(.modern): listen(to: filter)
        case .success(.legacy): await keepSession(filter)
        }
    }

    private mutating func listen(to filter: ListenFilter) {
        if isAbsent || opening == nil && current?.stream.filter == filter { return settle() }
        guard opening?.filter != filter else { return }
        opening?.cancel()
        let stream = UpstreamStream(upstream.nextID(), filter, of: watch)
        let dialect = UpstreamDialect(version: .v2026_07_28, client: upstream.settings.client)
        let message = UpstreamRequest.listen(id: stream.number, filter, dialect)
        open(
            stream,
            upstream.composer.post(message, deadline: .now() + Self.longestStream, expecting: .changes(stream)))
    }

    mutating func open(_ stream: UpstreamStream, _ request: HTTPRequest) {
        opening = stream
        upstream.streams.submit(request) { stream.ended($0) }
        let watch = watch
        upstream.group.next().scheduleTask(in: Self.patience) { watch.post(.overdue(stream.number)) }
    }

    // MARK: - What happens

    private mutating func opened(_ number: Int64) async {
        guard let stream = opening, stream.number == number else { return }
        current?.stream.cancel()
        (current, opening) = ((stream, .now()), nil)
        isBelieved = true
        if hasGap {
            hasGap = false
            watch.tellEverything()
        }
        if watch.filter == stream.filter { settle() } else { await reconcile() }
    }

    private mutating func ended(_ number: Int64, _ end: UpstreamStream.End) async {
        let life: TimeAmount
        if opening?.number == number {
            opening = nil
            life = .zero
        } else if let old = current, old.stream.number == number {
            current = nil
            life = .now() - old.since
        } else {
            return
        }
        trouble = end.failure
        var pause: TimeAmount?
        switch end {
        case .broken(let id, let stated):
            // What is taken up behind an event is whole; otherwise nobody can say what was missed.
            session.lastEventID = session.session == nil ? nil : id
            hasGap = hasGap || session.lastEventID == nil
            pause = stated
        case .refused(let status):
            session.lastEventID = nil
            hasGap = true
            if status == 404 || status == 405 { isAbsent = isRefusedForGood(status) }
        case .failed: hasGap = true
        }
        guard !isAbsent, !watch.filter.isEmpty else { return settle() }
        if current == nil, life == .zero { lose() }
        tryAgain(afterLifeOf: life, stated: pause)
    }

    mutating func retryLater(after failure: UpstreamFailure) {
        (hasGap, trouble) = (true, failure)
        if current == nil { lose() }
        tryAgain(afterLifeOf: .zero)
    }

    /// A stream that broke is opened again at once; when that fails, whoever listens is told.
    private mutating func lose() {
        if isBelieved { watch.tellLost() }
        isBelieved = false
    }

    /// Tries again after a pause; until then the caller has what the gateway itself can tell.
    private mutating func tryAgain(afterLifeOf life: TimeAmount, stated: TimeAmount? = nil) {
        isPausing = true
        let pause = max(backoff.delay(afterLifeOf: life), stated ?? .zero)
        let watch = watch
        upstream.group.next().scheduleTask(in: pause) { watch.post(.due) }
        settle()
    }
}
