package import MartletAudit
package import MartletCore
package import MartletMCP
package import NIOCore
import NIOPosix
import Synchronization

/// One MCP server reached by streamable HTTP, of either era.
///
/// A call runs on the event loop it came from, over a connection of that loop, and suspends once. The upstream sees the
/// gateway's own credential and identity, never anything the agent sent but the decided arguments. Redirects are not
/// followed. A message that may have been read is never sent again.
/// Source: MCP 2026-07-28 and 2025-11-25, Transports, "Streamable HTTP".
package final class HTTPUpstream: Upstream {
    package let id: UpstreamID
    let settings: HTTPUpstreamSettings
    let composer: RequestComposer
    let pools: LoopPools
    /// Of standing streams: they hold no connection that a call could use.
    let streams: LoopPools
    let sessions: LegacySessions
    let group: any EventLoopGroup
    private let lastID = Atomic<Int64>(0)
    let pin: Mutex<EraPin>
    /// Of the tools last listed that have any. Source: MCP 2026-07-28, Transports, "Custom Headers".
    private let parameterHeaders = Mutex<[ToolName: ParameterHeaders]>([:])
    private let toolMemory: ToolMemory
    let toolNews = ToolNews()
    /// Of the first page of tools: the others are found by a cursor that may be another each time.
    private let toolAnswers = AnswerMemory()
    private let cleaning = Mutex<RepeatedTask?>(nil)
    /// Of the last `initialize` that succeeded.
    let lastProfile = Mutex<UpstreamProfile?>(nil)
    /// Who hears what while nobody calls.
    let watches = Mutex<[CallerKey: ChangeWatch]>([:])
    /// Watches that no task sees to yet: one for each caller at most.
    let newWatches: AsyncStream<ChangeWatch>
    let watchDoor: AsyncStream<ChangeWatch>.Continuation

    /// `group` must be the one whose loops make the calls.
    package init(id: UpstreamID, settings: HTTPUpstreamSettings, group: any EventLoopGroup) throws(EgressError) {
        self.id = id
        self.settings = settings
        self.group = group
        toolMemory = ToolMemory(reporting: settings.leftOutReport)
        try settings.check()
        composer = RequestComposer(endpoint: settings.endpoint, credential: settings.credential)
        pools = LoopPools(group: group, settings: try settings.pool())
        streams = LoopPools(group: group, settings: try settings.streamPool())
        (newWatches, watchDoor) = AsyncStream.makeStream()
        sessions = LegacySessions(
            maximum: settings.maximumSessions, idleLimit: max(settings.sessionIdleLimit, settings.timeout * 2))
        pin = Mutex(EraPin(settings.era))
    }

    func nextID() -> Int64 { lastID.add(1, ordering: .relaxed).newValue }

    package func call(_ recorded: consuming RecordedCall, relaying relay: CallRelay?) async -> UpstreamResult {
        let call = recorded.call
        guard let (method, uri) = call.subscription else { return await send(call, relaying: relay) }
        if let settled = await settled(method, uri, for: call.principal) { return settled }
        let result = await send(call, relaying: relay)
        note(method, uri, for: call.principal, result)
        return result
    }

    private func send(_ call: ToolCall, relaying relay: CallRelay?) async -> UpstreamResult {
        let fields = call.subject.tool.flatMap { tool in parameterHeaders.withLock { $0[tool] } }
        let message = { (id: Int64, dialect: UpstreamDialect) in
            UpstreamRequest.call(
                id: id, call, dialect,
                .init(
                    progressToken: relay?.progress == true ? id : nil, logLevel: relay?.logLevel,
                    parameterHeaders: fields))
        }
        return await self.call(call, relay, message)
    }

    package func listTools(for caller: Principal) async -> Result<[ToolDefinition], UpstreamFailure> {
        let deadline = NIODeadline.now() + settings.timeout
        let mark = toolNews.mark
        let tools = await ToolListing.gather(after: toolMemory) { cursor in
            let memory = cursor == nil ? self.toolAnswers : nil
            return await self.ask(for: caller, by: deadline, Hearing(memory: memory)) { id, dialect in
                UpstreamRequest.listTools(id: id, cursor: cursor, dialect)
            }.map(\.0)
        }
        if case .success(let tools) = tools {
            let fields = tools.filter { !$0.parameterHeaders.isEmpty }.map { ($0.name, $0.parameterHeaders) }
            parameterHeaders.withLock { $0 = Dictionary(fields, uniquingKeysWith: { first, _ in first }) }
            toolNews.listed(since: mark)
        }
        return tools
    }

    package var hasNewTools: Bool { toolNews.isPending }

    package func list(_ kind: ListKind, for caller: Principal) async -> UpstreamList {
        let deadline = NIODeadline.now() + settings.timeout
        return await UpstreamList.gather(kind) { cursor in
            await self.ask(for: caller, by: deadline, Hearing()) { id, dialect in
                UpstreamRequest.list(kind.method, id: id, cursor: cursor, dialect)
            }.map(\.0)
        }
    }

    /// Sends one request in the upstream's era, in the caller's session where there are sessions.
    private func ask(
        for caller: Principal, by deadline: NIODeadline, _ hearing: Hearing,
        _ message: (Int64, UpstreamDialect) -> OutboundMessage
    ) async -> Result<Answered, UpstreamFailure> {
        switch await era(by: deadline) {
        case .failure(let failure): return .failure(failure)
        case .success(.modern): return await askOnce(hearing, by: deadline, message)
        case .success(.legacy):
            return await askInSession(of: CallerKey(caller), by: deadline, hearing, message)
        }
    }

    /// Sends one request to an upstream of the modern era, which has no sessions.
    func askOnce(
        _ hearing: Hearing, by deadline: NIODeadline, _ message: (Int64, UpstreamDialect) -> OutboundMessage
    ) async -> Result<Answered, UpstreamFailure> {
        let dialect = UpstreamDialect(version: .v2026_07_28, client: settings.client)
        return await confirmed(await exchange(dialect, by: deadline, hearing, message).answer, by: deadline)
    }

    /// Sends one message of ours that has an answer.
    func exchange(
        _ dialect: UpstreamDialect, by deadline: NIODeadline, _ hearing: Hearing,
        _ message: (Int64, UpstreamDialect) -> OutboundMessage
    ) async -> (id: Int64, answer: Result<HTTPAnswer, UpstreamFailure>) {
        let id = nextID()
        let request = composer.post(
            message(id, dialect), deadline: deadline, expecting: .reply(id: id, hearing: hearing))
        return (id, await pools.perform(request))
    }

    package func close() async {
        cleaning.withLock { $0?.cancel() }
        await end(sessions.close(), within: .seconds(2))
        watchDoor.finish()
        await streams.close()
        await pools.close()
    }

    /// Looks for idle sessions from now on; called when the first session opens.
    func startCleaning() {
        cleaning.withLock { cleaning in
            guard cleaning == nil else { return }
            let interval = settings.sessionIdleLimit
            cleaning = group.next().scheduleRepeatedTask(initialDelay: interval, delay: interval) { [weak self] _ in
                guard let self else { return }
                endLater(sessions.removeIdle(now: .now()))
            }
        }
    }
}

/// What an upstream answered, and the size of the message.
typealias Answered = (UpstreamAnswer, Int)

extension HTTPUpstream {
    /// What an HTTP answer means. A JSON-RPC error may come with any status, a result with 200 only.
    static func read(_ answer: Result<HTTPAnswer, UpstreamFailure>) -> Result<Answered, UpstreamFailure> {
        answer.flatMap { answer in
            switch answer.content {
            case .answer(.result) where answer.status != 200:
                .failure(.garbage("a result with status \(answer.status)"))
            case .answer(let content): .success((content, answer.bytes))
            case .unreadable(let reason) where answer.status == 200: .failure(.garbage(reason))
            case .interrupted, .streamEnded: .failure(.brokenOff)
            case .empty, .document, .unreadable: .failure(.garbage("status \(answer.status)"))
            }
        }
    }
}
