import MartletAudit
import MartletAuthn
import MartletCore
import MartletEgress
import MartletMCP
import MartletPolicy

/// Opens standing streams: `subscriptions/listen`, and GET in a session. Behind the same gates as every request.
///
/// What the caller may not use is not told: of the resources it names, those without a grant are left out. The opening
/// is durable before the first byte. A stream holds no slot of calls, and its request is answered as soon as it is open:
/// nothing of the request stays in memory.
/// Source: MCP 2026-07-28, Subscriptions; MCP 2025-11-25, Transports, "Listening for Messages from the Server".
struct ListenPipeline: Sendable {
    let streams: StandingStreams
    let tasks: TaskRelay
    let teller: TaskTeller
    let sessions: SessionTable
    let upstreams: UpstreamDirectory
    let policy: PolicyEngine
    let audit: AuditLog
    let refusals: Refusals
    let clock: any GatewayClock

    /// A stream before it is on record.
    private struct Plan {
        var facts: StreamFacts
        var filter: StreamFilter
        var session: String?
        var subscription: RequestID?
        var agent = AgentCapabilities([])
    }

    // MARK: - What is asked for

    /// `subscriptions/listen` of the modern era.
    func listen(
        _ message: MCPRequest, _ exchange: Exchange, _ authenticated: AuthenticatedRequest, on line: AgentLine?
    ) async -> AuditedResponse {
        let (request, agent): (ListenRequest, AgentLine)
        do throws(ProtocolError) {
            guard message.acceptsEventStream, let line else { throw .streamNotAcceptable(id: message.id) }
            agent = line
            request = try message.listen(
                exchange.route.naming, of: exchange.upstream, maximumResources: streams.limits.resources)
        } catch {
            return await refusals.malformed(.malformed(error), exchange)
        }
        let caller = authenticated.principal
        let filter = await admitted(request, exchange, caller)
        let refused = request.refused(by: filter)
        if filter.isEmpty, let first = refused.first {
            return request.tasks.contains(first)
                ? await refusals.malformed(.malformed(.unknownTask(id: request.id)), exchange)
                : await refusals.notGranted(resource: first, message, exchange)
        }
        let facts = facts(
            exchange, caller, method: message.method.rawValue, filter, refused: refused, version: message.version)
        let plan = Plan(
            facts: facts, filter: filter, subscription: request.id, agent: AgentCapabilities(message.clientCapabilities)
        )
        return await open(plan, exchange, on: agent)
    }

    /// What of a request its caller may hear, of each upstream of the route that it could use.
    ///
    /// An upstream that cannot be asked what it offers may offer the list: it is listened to when it is back.
    private func admitted(
        _ request: ListenRequest, _ exchange: Exchange, _ caller: Principal
    ) async -> StreamFilter {
        let asked = exchange.received
        let usable = heard(exchange, caller)
        let profiles = await upstreams.profiles(of: usable, for: caller, now: asked)
        let now = clock.now()
        var parts: [UpstreamID: ListenFilter] = [:]
        for id in usable {
            let lists = request.lists.filter { !upstreams.lacks($0.feature, id, now: asked) }
            let resources = (request.resources[id] ?? []).filter { uri in
                profiles[id]?.subscribes == true
                    && policy.isVisible(.resource(uri), to: caller, upstream: id, now: now)
            }
            let part = ListenFilter(lists: lists, resources: resources)
            if !part.isEmpty || id == exchange.upstream { parts[id] = part }
        }
        let offering = Set(usable.filter { profiles[$0]?.offersTasks == true })
        return StreamFilter(
            exchange.route.naming, parts,
            tasks: tasks.open(request.tasks, for: caller, of: offering, policy, exchange, now: now))
    }

    /// The upstream of the route, or all that the caller could use now.
    private func heard(_ exchange: Exchange, _ caller: Principal) -> [UpstreamID] {
        exchange.upstream.map { [$0] } ?? upstreams.usable(by: caller, policy, now: exchange.received)
    }

    /// GET in a session. Events have no ids: a stream of ours is not taken up again but opened anew.
    func openSessionStream(
        _ exchange: Exchange, _ authenticated: AuthenticatedRequest, on line: AgentLine?
    ) async -> AuditedResponse {
        let (caller, headers) = (authenticated.principal, RequestHeaders(exchange.inbound.headers))
        let session: Session
        do throws(ProtocolRefusal) {
            session = try self.session(headers, exchange, caller)
        } catch {
            return await refusals.malformed(error, exchange)
        }
        guard headers.acceptsEventStream, let line else {
            return await refusals.malformed(.malformed(.streamNotAcceptable(id: nil)), exchange)
        }
        let parts = heard(exchange, caller).map { id in
            let resources = streams.granted(session.subscriptions[id] ?? [], of: id, to: caller)
            return (id, ListenFilter(lists: Set(ListedKind.allCases), resources: resources))
        }
        let filter = StreamFilter(
            exchange.route.naming, Dictionary(parts, uniquingKeysWith: { first, _ in first }))
        let facts = facts(
            exchange, caller, method: exchange.inbound.method, filter, refused: [], version: session.version,
            session: session.id)
        return await open(Plan(facts: facts, filter: filter, session: session.id), exchange, on: line)
    }

    /// The caller's own session. Without one there is nothing to get here: the modern era has no GET.
    private func session(
        _ headers: RequestHeaders, _ exchange: Exchange, _ caller: Principal
    ) throws(ProtocolRefusal) -> Session {
        guard headers.couldBeOfSession else { throw .methodNotAllowed }
        if let name = headers.duplicate { throw .malformed(.duplicateHeader(name, id: nil)) }
        guard let id = headers.sessionID else { throw .malformed(.missingSession(id: nil)) }
        guard let session = sessions.find(id, caller: caller, route: exchange.route, now: exchange.received) else {
            throw .malformed(.unknownSession(id: nil))
        }
        return session
    }

    private func facts(
        _ exchange: Exchange, _ caller: Principal, method: String, _ filter: StreamFilter, refused: [String],
        version: ProtocolVersion, session: String? = nil
    ) -> StreamFacts {
        StreamFacts(
            id: exchange.id, principal: caller, upstreams: filter.upstreams, method: method,
            session: session.map { Digest(of: Array($0.utf8)) }, lists: filter.lists.map(\.rawValue),
            resources: filter.resources, refused: refused, tasks: filter.taskCalls,
            context: exchange.context(version: version))
    }

    // MARK: - Opening

    private func open(_ plan: Plan, _ exchange: Exchange, on agent: AgentLine) async -> AuditedResponse {
        let caller = CallerKey(plan.facts.principal)
        guard streams.reserve(caller, plan.filter) else { return await refusals.tooManyStreams(exchange) }
        if let session = plan.session, !sessions.hold(session, maximum: streams.limits.perSession) {
            streams.release(caller)
            return await refusals.tooManyStreams(exchange)
        }
        do throws(AuditError) {
            let stream = try await audit.openStanding(plan.facts, head: Self.head, to: agent.sink)
            let line = StandingLine(
                stream, session: plan.session, subscription: plan.subscription, filter: plan.filter,
                permits: permission(plan.facts.principal),
                recordFirst: { [teller] in teller.tell($0, of: $1, to: $2, plan.agent) })
            let streams = streams
            agent.stand(
                StandingSide(wrote: { line.wrote() }, left: { streams.end(line, .agentLeft) }))
            let degraded = await streams.enter(line)
            if agent.isGone { streams.end(line, .agentLeft) }
            line.begin(degraded)
            return stream.answer
        } catch {
            streams.release(caller)
            if let session = plan.session { sessions.release(session, now: exchange.received) }
            return await refusals.notRecorded(exchange)
        }
    }

    /// What a session has subscribed to is part of what its streams tell.
    func note(_ message: MCPRequest, _ call: ToolCall, _ result: UpstreamResult) async {
        guard message.method == .subscribe || message.method == .unsubscribe, let session = message.sessionID,
            case .resource(let uri) = call.subject
        else { return }
        if message.method == .unsubscribe {
            sessions.unsubscribe(from: uri, of: call.upstream, session)
        } else if case .answered = result {
            sessions.subscribe(to: uri, of: call.upstream, session)
        }
        let ear = StandingStreams.Ear(upstream: call.upstream, caller: CallerKey(call.principal))
        await streams.refresh(ear, session: session)
    }

    /// That a list changed may be told to everybody who sees lists; an update only while its resource is granted.
    private func permission(_ caller: Principal) -> @Sendable (HeardChange) -> Bool {
        let (policy, clock) = (policy, clock)
        return { heard in
            switch heard.change {
            // Of a task: decided when it is recorded.
            case .list, .task: true
            case .updated(let uri):
                heard.upstream.map {
                    policy.isVisible(.resource(uri), to: caller, upstream: $0, now: clock.now())
                } ?? false
            }
        }
    }

    private static let head = CallStream.head
}
