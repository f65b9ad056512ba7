import Glibc
import Logging
import MartletCore
import MartletJSON
import MartletMCP
import NIOCore
import NIOPosix

/// Keeps one child process running and gives it the calls: start, greeting, calls, end, start again.
///
/// Confined to its loop.
final class StdioChild {
    /// One run of the program.
    struct Life {
        let conversation: StdioConversation
        let watch: ChildWatch
    }

    enum State {
        case stopped
        /// The process runs, its streams are not open yet.
        case starting(ChildWatch)
        case greeting(Life)
        case ready(Life)
        /// The process is being ended; its successor starts when it is buried.
        case ending
        case backingOff(until: NIODeadline)
        case closing
        case closed
    }

    private let id: UpstreamID
    let settings: StdioUpstreamSettings
    let loop: any EventLoop
    let logger: Logger
    private(set) var state = State.stopped
    /// The conversation of the process that is not buried yet.
    private var conversation: StdioConversation?
    /// Fixed by configuration, or by the first greeting that succeeded; never changes afterwards.
    private var pin: EraPin
    var pinnedEra: ProtocolEra? { pin.era }
    /// A child died of `server/discover`: the next one is greeted with `initialize`.
    private(set) var avoidsDiscover = false
    /// Of the last `initialize`; nil in the modern era.
    var profile: UpstreamProfile?
    /// Told of notifications that are about no call.
    var heard: ((_ method: String, _ params: JSONValue?) -> Void)?
    /// Told when a process is gone.
    var lifeEnded: (() -> Void)?
    /// What its callers hear while nobody calls.
    private(set) lazy var listener = ChildListener(self)
    private let toolNews: ToolNews
    private var waiting: [StdioExchange] = []
    private var closers: [() -> Void] = []
    private var backoff: Backoff
    private let timer: DeadlineTimer
    private let errorLines: StandardErrorLines

    init(
        id: UpstreamID, settings: StdioUpstreamSettings, loop: any EventLoop, logger: Logger, toolNews: ToolNews
    ) {
        self.toolNews = toolNews
        self.id = id
        self.settings = settings
        self.loop = loop
        self.logger = logger
        pin = EraPin(settings.era)
        timer = DeadlineTimer(loop: loop)
        errorLines = StandardErrorLines(settings, loop: loop, logger: logger)
        backoff = Backoff(
            first: settings.firstRestartDelay, longest: settings.longestRestartDelay, stable: settings.stableAfter)
    }

    /// Whoever calls is held to the newest tools, also when nobody listens.
    private func notice(_ method: String, _ params: JSONValue?) {
        if let change = Change(method: method, params: params) { toolNews.note(change) }
        heard?(method, params)
    }

    // MARK: - Calls

    func submit(_ exchange: StdioExchange) {
        switch state {
        case .closing, .closed: exchange.completion(.failure(.closed))
        case .ready(let life): start(exchange, in: life)
        case .starting, .greeting, .ending: wait(exchange)
        case .backingOff where pin.isContradicted: exchange.completion(.failure(.eraChanged))
        case .backingOff(let until) where until > .now() + .seconds(1):
            exchange.completion(.failure(.unreachable("process keeps ending; not started yet")))
        case .backingOff: wait(exchange)
        case .stopped:
            wait(exchange)
            startProcess()
        }
    }

    func start(_ exchange: StdioExchange, in life: Life) {
        guard life.conversation.count < settings.maximumPending else { return exchange.completion(.failure(.busy)) }
        life.conversation.start(exchange)
        watch(exchange.deadline)
    }

    private func wait(_ exchange: StdioExchange) {
        guard waiting.count < settings.maximumPending else { return exchange.completion(.failure(.busy)) }
        waiting.append(exchange)
        watch(exchange.deadline)
    }

    /// Gives up a call, whether it was sent or still waits.
    func cancel(_ number: Int64) {
        if conversation?.cancel(number) == true { return }
        guard let index = waiting.firstIndex(where: { $0.number == number }) else { return }
        waiting.remove(at: index).completion(.failure(.cancelled))
    }

    /// Sends an agent's answer while its call is under way; to nobody else's question, also not after a restart.
    func reply(_ answer: InputAnswer, to question: RequestID, of number: Int64) -> Bool {
        conversation?.reply(answer, to: question, of: number) ?? false
    }

    /// Gives a call more time while an agent is asked.
    func extend(_ number: Int64, to deadline: NIODeadline) {
        if conversation?.extend(number, to: deadline) == true { watch(deadline) }
    }

    private func failWaiting(_ failure: UpstreamFailure) {
        let failed = waiting
        waiting = []
        for exchange in failed { exchange.completion(.failure(failure)) }
    }

    private func watch(_ deadline: NIODeadline) {
        if timer.sweep == nil { timer.sweep = { [weak self] in self?.sweep($0) } }
        timer.arm(deadline)
    }

    private func sweep(_ now: NIODeadline) -> NIODeadline? {
        let overdue = waiting.filter { $0.deadline <= now }
        waiting.removeAll { $0.deadline <= now }
        for exchange in overdue { exchange.completion(.failure(.unreachable("process not ready in time"))) }
        var next = waiting.map(\.deadline).min()
        if let conversation {
            conversation.expire(now)
            next = [next, conversation.nextDeadline].compactMap { $0 }.min()
        }
        return next
    }

    // MARK: - One life

    private func startProcess() {
        do {
            let process = try ChildProcess.spawn(settings.command, settings.supervision)
            logger.info("upstream process started", metadata: ["pid": "\(process.pid)"])
            begin(process)
        } catch {
            let why = String(cString: strerror(error.errno))
            logger.error("upstream process cannot be started", metadata: ["errno": "\(error.errno)", "why": "\(why)"])
            failWaiting(.unreachable("process cannot be started (\(why))"))
            backOff(afterLifeOf: .zero)
        }
    }

    private func begin(_ process: ChildProcess) {
        let started = NIODeadline.now()
        let watch = ChildWatch(process, loop: loop, grace: settings.grace) { [weak self] exit in
            self?.ended(exit, lived: .now() - started)
        }
        state = .starting(watch)
        let reader = StandardOutputReader()
        let streams = StandardStreams(of: process, reader: reader, lines: errorLines, loop: loop)
        streams.whenOpen { [weak self] channel in
            guard let self, case .starting = state, let channel else {
                channel?.close(promise: nil)
                return watch.end()
            }
            let conversation = StdioConversation(
                channel: channel, dialect: UpstreamDialect(version: .v2026_07_28, client: settings.client),
                maximumLineBytes: settings.maximumLineBytes, longestCall: settings.longestCall
            ) { [weak self] in self?.troubled($0) }
            conversation.heard = { [weak self] in self?.notice($0, $1) }
            reader.conversation = conversation
            self.conversation = conversation
            greet(Life(conversation: conversation, watch: watch))
        }
    }

    private func greet(_ life: Life) {
        state = .greeting(life)
        Greeting(life, child: self).begin()
    }

    /// The child speaks `era`: the calls that waited go out.
    func greeted(_ life: Life, era: ProtocolEra) {
        guard case .greeting = state else { return }
        if pin.settle(era).isNew { settings.eraReport?(.pinned(id, era)) }
        if pin.note(isContradicted: false) { settings.eraReport?(.restored(id, era)) }
        state = .ready(life)
        let calls = waiting
        waiting = []
        for exchange in calls { start(exchange, in: life) }
    }

    /// The child does not speak MCP with us.
    func refused(_ life: Life, _ reason: String) {
        guard case .greeting = state else { return }
        logger.warning("upstream process does not speak MCP", metadata: ["reason": "\(reason)"])
        failWaiting(.unreachable("greeting failed: \(reason)"))
        end(life)
    }

    /// The child speaks another era than those before it: it gets no call. Its successor may be the right one again.
    func contradicted(_ life: Life) {
        guard case .greeting = state, let pinned = pin.era else { return }
        if pin.note(isContradicted: true) { settings.eraReport?(.changed(id, pinned: pinned, seen: pinned.other)) }
        failWaiting(.eraChanged)
        end(life)
    }

    /// The child ended when it was asked for its era. Its successor is asked differently, and the calls wait for it.
    func diedOfDiscovery(_ life: Life) {
        guard case .greeting = state else { return }
        avoidsDiscover = true
        end(life)
    }

    private func troubled(_ trouble: StdioConversation.Trouble) {
        switch state {
        case .greeting(let life), .ready(let life):
            if case .unreadable(let reason) = trouble {
                logger.warning("upstream process writes what is no MCP", metadata: ["reason": "\(reason)"])
            }
            end(life)
        case .stopped, .starting, .ending, .backingOff, .closing, .closed: break
        }
    }

    private func end(_ life: Life) {
        state = .ending
        life.conversation.end(.brokenOff)
        life.watch.end()
    }

    // MARK: - The end of a life

    private func ended(_ exit: ChildExit, lived: TimeAmount) {
        logger.notice("upstream process ended", metadata: ["how": "\(exit)"])
        conversation?.bury()
        conversation = nil
        defer { lifeEnded?() }
        switch state {
        case .starting, .greeting, .ready, .ending:
            settings.ended?("\(exit)")
            backOff(afterLifeOf: lived)
        case .closing: finishClosing()
        case .stopped, .backingOff, .closed: break
        }
    }

    private func backOff(afterLifeOf life: TimeAmount) {
        let delay = backoff.delay(afterLifeOf: life)
        state = .backingOff(until: .now() + delay)
        loop.assumeIsolated().scheduleTask(in: delay) { [weak self] in
            guard let self, case .backingOff = state else { return }
            startProcess()
        }
    }

    /// Ends the child for good; `done` runs when it is reaped.
    func close(_ done: @escaping () -> Void) {
        closers.append(done)
        listener.close()
        timer.cancel()
        failWaiting(.closed)
        switch state {
        case .starting(let watch):
            state = .closing
            watch.end()
        case .greeting(let life), .ready(let life):
            state = .closing
            life.conversation.end(.brokenOff)
            life.watch.end()
        case .ending: state = .closing
        case .stopped, .backingOff, .closed: finishClosing()
        case .closing: break
        }
    }

    private func finishClosing() {
        state = .closed
        errorLines.finish()
        let done = closers
        closers = []
        for closer in done { closer() }
    }
}
