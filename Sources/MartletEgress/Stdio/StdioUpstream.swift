package import Logging
package import MartletAudit
package import MartletCore
import MartletJSON
package import MartletMCP
package import NIOCore
import Synchronization

/// How to run one MCP server as a child process, and how much of anything is allowed.
package struct StdioUpstreamSettings: Sendable {
    package var command: StdioCommand
    package var supervision: ChildSupervision
    package var era = EraChoice.auto
    package var eraReport: EraReport?
    package var leftOutReport: LeftOutReport?
    package var client = Implementation(name: "martlet", version: "0.1.0")
    /// From the call's arrival here to its answer.
    package var timeout = TimeAmount.seconds(30)
    /// How long `server/discover` may take before `initialize` is tried.
    package var probeTimeout = TimeAmount.seconds(5)
    /// How long each step of the end may take: input closed, SIGTERM, lifeline cut, SIGKILL.
    package var grace = TimeAmount.seconds(2)
    package var firstRestartDelay = TimeAmount.milliseconds(100)
    package var longestRestartDelay = TimeAmount.seconds(30)
    /// A child that lived this long counts as well again.
    package var stableAfter = TimeAmount.seconds(60)
    package var maximumLineBytes = 16 << 20
    /// Whether standard error goes to the log.
    package var logsStandardError = true
    /// How many lines of it, in a window of time: enough for the report of a crash, little enough for a flood.
    package var standardErrorLines = 60
    package var standardErrorWindow = TimeAmount.minutes(1)
    /// Calls waiting for a start or an answer.
    package var maximumPending = 1024
    /// How long a child may still be at a call that was given up: no call of ours lasts longer. Until it answers, or this
    /// is over, its questions can be meant for that caller.
    package var longestCall = TimeAmount.minutes(30)

    /// Told whenever a process ended that was not being closed, and how; called on the event loop, must not block.
    package var ended: (@Sendable (_ how: String) -> Void)?

    package init(command: StdioCommand, supervision: ChildSupervision = ChildSupervision()) {
        self.command = command
        self.supervision = supervision
    }
}

/// One MCP server as a child process of the gateway, of either era.
///
/// Started by the first call, started again when it ends. All callers share one child, as its operator decided by
/// configuring it: the messages are told apart by our own ids, and what the child says outside of an answer is handed
/// to nobody else. Standard error goes to the log. Source: MCP 2026-07-28 and 2025-11-25, Transports, "stdio".
package final class StdioUpstream: Upstream {
    package let id: UpstreamID
    private let settings: StdioUpstreamSettings
    private let loop: any EventLoop
    private let child: NIOLoopBoundBox<StdioChild>
    private let lastNumber = Atomic<Int64>(0)
    private let toolMemory: ToolMemory
    private let toolNews = ToolNews()

    package init(id: UpstreamID, settings: StdioUpstreamSettings, group: any EventLoopGroup, logger: Logger) {
        self.id = id
        self.settings = settings
        toolMemory = ToolMemory(reporting: settings.leftOutReport)
        loop = group.next()
        var logger = logger
        logger[metadataKey: "upstream"] = "\(id)"
        child = .makeBoxSendingValue(
            StdioChild(id: id, settings: settings, loop: loop, logger: logger, toolNews: toolNews), eventLoop: loop)
    }

    /// Without its log lines: what the child says there cannot be told apart by caller.
    package func call(_ recorded: consuming RecordedCall, relaying relay: CallRelay?) async -> UpstreamResult {
        let call = recorded.call
        guard let (method, uri) = call.subscription else { return await send(call, relaying: relay) }
        if let settled = await settled(method, uri) { return settled }
        let result = await send(call, relaying: relay)
        if case .answered = result { onLoop { $0.listener.note(uri, isSubscribed: method == .subscribe) } }
        return result
    }

    /// The result of a subscription for which nothing is to be sent; nil when the child is to be told.
    private func settled(_ method: Method, _ uri: ResourceURI) async -> UpstreamResult? {
        var (era, isSettled) = await standing(method, uri)
        if era == nil {
            if case .failure(let failure) = await greet() { return .failed(failure) }
            (era, isSettled) = await standing(method, uri)
        }
        return era == .modern || isSettled ? .answered(.emptyObject, bytes: 0) : nil
    }

    /// The child's era as far as it is known, and whether others have subscribed already, or still need it.
    private func standing(_ method: Method, _ uri: ResourceURI) async -> (ProtocolEra?, Bool) {
        await withCheckedContinuation { continuation in
            onLoop { child in
                let listener = child.listener
                let isSettled =
                    method == .subscribe ? listener.subscribed.contains(uri) : listener.isWanted(uri)
                continuation.resume(returning: (child.pinnedEra, isSettled))
            }
        }
    }

    private func send(_ call: ToolCall, relaying relay: CallRelay?) async -> UpstreamResult {
        let wantsProgress = relay?.progress ?? false
        let agent = AgentCapabilities(call.input.capabilities)
        let request = Request(
            deadline: .now() + settings.timeout, isModernOnly: call.isModernOnly,
            caller: CallerKey(call.principal)
        ) { id, dialect in
            UpstreamRequest.call(id: id, call, dialect, .init(progressToken: wantsProgress ? id : nil))
        }
        if !agent.isEmpty { return await openly(request, agent, relay) }
        return UpstreamResult(await ask(request, Hearing(relay: relay)))
    }

    package func listTools(for caller: Principal) async -> Result<[ToolDefinition], UpstreamFailure> {
        let deadline = NIODeadline.now() + settings.timeout
        let mark = toolNews.mark
        let tools = await ToolListing.gather(after: toolMemory) { cursor in
            await self.ask(Hearing(), by: deadline) { id, dialect in
                UpstreamRequest.listTools(id: id, cursor: cursor, dialect)
            }.map(\.0)
        }
        if case .success = tools { toolNews.listed(since: mark) }
        return tools
    }

    package var hasNewTools: Bool { toolNews.isPending }

    package func list(_ kind: ListKind, for caller: Principal) async -> UpstreamList {
        let deadline = NIODeadline.now() + settings.timeout
        return await UpstreamList.gather(kind) { cursor in
            await self.ask(Hearing(), by: deadline) { id, dialect in
                UpstreamRequest.list(kind.method, id: id, cursor: cursor, dialect)
            }.map(\.0)
        }
    }

    /// Asks the child in its own era: `server/discover`, or a ping that makes sure that it has been greeted.
    package func profile(for caller: Principal) async -> Result<UpstreamProfile, UpstreamFailure> {
        switch await greet() {
        case .failure(let failure): return .failure(failure)
        case .success((let answer, _)):
            if case .result(let result) = answer, let profile = UpstreamProfile(result) { return .success(profile) }
            let greeted = await withCheckedContinuation { continuation in
                onLoop { continuation.resume(returning: $0.profile) }
            }
            return greeted.map { .success($0) } ?? .failure(.garbage("no capabilities"))
        }
    }

    private func greet() async -> Result<Answered, UpstreamFailure> {
        await ask(Hearing(), by: .now() + min(settings.timeout, .seconds(5))) { id, dialect in
            dialect.version.era == .modern
                ? UpstreamRequest.discover(id: id, client: dialect.client) : UpstreamRequest.ping(id: id, dialect)
        }
    }

    /// All callers share the child: none of them may change what the others hear.
    package func setLogLevel(_ level: LogLevel, for caller: Principal, asking agent: AgentCapabilities) async {}

    /// What is to be sent, before it is known who waits for the answer.
    private struct Request: Sendable {
        let deadline: NIODeadline
        var isModernOnly = false
        var caller: CallerKey?
        let message: @Sendable (Int64, UpstreamDialect) -> OutboundMessage
    }

    package func listen(
        to filter: ListenFilter, for caller: Principal, hearing ear: @escaping ChangeEar,
        ready: @escaping ListenReady
    ) {
        let key = CallerKey(caller)
        // Also when this is the child's loop: whoever listens is not told anything on this stack.
        loop.execute { [child] in child.value.listener.ask(for: filter, key, ear, ready: ready) }
    }

    /// Everything happens on the child's loop.
    package func keepListening() async {}

    private func ask(
        _ hearing: Hearing, by deadline: NIODeadline,
        _ message: @escaping @Sendable (Int64, UpstreamDialect) -> OutboundMessage
    ) async -> Result<Answered, UpstreamFailure> {
        await ask(Request(deadline: deadline, message: message), hearing)
    }

    private func ask(_ request: Request, _ hearing: Hearing) async -> Result<Answered, UpstreamFailure> {
        await withCheckedContinuation { continuation in
            submit(request, hearing) { continuation.resume(returning: $0) }
        }
    }

    /// Sends a call whose agent can be asked during it. A child of the modern era asks in its result instead.
    private func openly(_ request: Request, _ agent: AgentCapabilities, _ relay: CallRelay?) async -> UpstreamResult {
        let number = lastNumber.add(1, ordering: .relaxed).newValue
        let call = OpenCall<Result<Answered, UpstreamFailure>>(
            relay: relay, agent: agent, timeout: settings.timeout,
            ways: .init(
                reply: { answer, question in
                    await withCheckedContinuation { continuation in
                        self.onLoop { continuation.resume(returning: $0.reply(answer, to: question, of: number)) }
                    }
                },
                conclude: { answer, _ in UpstreamResult(answer) }, tellCancelled: {}))
        let side = CallRelay(to: call, progress: relay?.progress ?? false)
        submit(request, Hearing(relay: side) { call.ask($0, $1, $2) }, number: number) { call.end($0) }
        return await call.result(of: await call.next())
    }

    private func submit(
        _ request: Request, _ hearing: Hearing, number: Int64? = nil,
        completion: @escaping @Sendable (Result<Answered, UpstreamFailure>) -> Void
    ) {
        let number = number ?? lastNumber.add(1, ordering: .relaxed).newValue
        let running = RunningStdioCall(number: number, child: child)
        let exchange = StdioExchange(
            deadline: request.deadline, hearing: hearing, number: number, isModernOnly: request.isModernOnly,
            caller: request.caller, message: request.message, completion: completion)
        onLoop { child in
            // Here, not before: whoever gives the call up from now on finds it with the child.
            if let side = exchange.hearing.relay?.side, !side.attach(running) {
                return exchange.completion(.failure(.cancelled))
            }
            child.submit(exchange)
        }
    }

    package func close() async {
        await withCheckedContinuation { continuation in
            onLoop { $0.close { continuation.resume() } }
        }
    }

    private func onLoop(_ work: @escaping @Sendable (StdioChild) -> Void) {
        if loop.inEventLoop { work(child.value) } else { loop.execute { [child] in work(child.value) } }
    }
}

/// One call to a child as its caller sees it.
struct RunningStdioCall: PatientCall {
    let number: Int64
    let child: NIOLoopBoundBox<StdioChild>

    func cancel() { onLoop { child, number in child.cancel(number) } }

    func extend(to deadline: NIODeadline) { onLoop { child, number in child.extend(number, to: deadline) } }

    private func onLoop(_ work: @escaping @Sendable (StdioChild, Int64) -> Void) {
        let (number, child) = (number, child)
        if child.eventLoop.inEventLoop {
            work(child.value, number)
        } else {
            child.eventLoop.execute { work(child.value, number) }
        }
    }

    /// The pipe carries the calls of others too: nothing is slowed down, progress is condensed instead.
    func hold(_ isHeld: Bool) {}
}
