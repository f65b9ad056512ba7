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
    let sessions: SessionTable
    let upstreams: UpstreamDirectory
    let policy: PolicyEngine
    let audit: AuditLog
    let refusals: Refusals
    let clock: any GatewayClock

    /// A stream before it is on record.
    private struct Plan {
        var facts: StreamFacts
        var filter: ListenFilter
        var session: String?
        var subscription: RequestID?
    }

    // MARK: - What is asked for

    /// `subscriptions/listen` of the modern era.
    func listen(
        _ message: MCPRequest, _ exchange: Exchange, _ authenticated: AuthenticatedRequest, on line: AgentLine?
    ) async -> AuditedResponse {
        let request: ListenRequest
        do throws(ProtocolError) {
            // The route of all upstreams has no streams yet, and does not say that it had.
            guard exchange.upstream != nil else {
                throw .methodNotFound(message.method.rawValue, era: message.era, id: message.id)
            }
            guard message.acceptsEventStream, line != nil else { throw .streamNotAcceptable(id: message.id) }
            request = try message.listen(maximumResources: streams.limits.resources)
        } catch {
            return await refusals.malformed(.malformed(error), exchange)
        }
        guard let line, let upstream = exchange.upstream else {
            return await refusals.malformed(.unknownRoute, exchange)
        }
        let caller = authenticated.principal
        let profile = await upstreams.profile(of: upstream, for: caller, now: exchange.received)
        let now = clock.now()
        let lists = request.filter.lists.filter { profile.features.contains($0.feature) }
        let resources = request.filter.resources.filter { uri in
            profile.subscribes && policy.isVisible(.resource(uri), to: caller, upstream: upstream, now: now)
        }
        let filter = ListenFilter(lists: lists, resources: resources)
        let refused = request.filter.resources.subtracting(resources).map(\.rawValue).sorted() + request.unreadable
        if filter.isEmpty, let uri = refused.first {
            return await refusals.notGranted(resource: uri, message, exchange)
        }
        let facts = facts(
            exchange, caller, upstream, method: message.method.rawValue, filter, refused: refused,
            version: message.version)
        return await open(Plan(facts: facts, filter: filter, subscription: request.id), exchange, on: line)
    }

    /// GET in a session. Events have no ids: a stream of ours is not taken up again but opened anew.
    func openSessionStream(
        _ exchange: Exchange, _ authenticated: AuthenticatedRequest, on line: AgentLine?
    ) async -> AuditedResponse {
        let (caller, headers) = (authenticated.principal, RequestHeaders(exchange.inbound.headers))
        let session: Session
        let upstream: UpstreamID
        do throws(ProtocolRefusal) {
            guard let named = exchange.upstream else { throw .methodNotAllowed }
            (session, upstream) = (try self.session(headers, exchange, caller), named)
        } catch {
            return await refusals.malformed(error, exchange)
        }
        guard headers.acceptsEventStream, let line else {
            return await refusals.malformed(.malformed(.streamNotAcceptable(id: nil)), exchange)
        }
        let filter = ListenFilter(lists: Set(ListedKind.allCases), resources: session.subscriptions)
        let facts = facts(
            exchange, caller, upstream, method: exchange.inbound.method, filter, refused: [],
            version: session.version, session: session.id)
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
        _ exchange: Exchange, _ caller: Principal, _ upstream: UpstreamID, method: String, _ filter: ListenFilter,
        refused: [String], version: ProtocolVersion, session: String? = nil
    ) -> StreamFacts {
        StreamFacts(
            id: exchange.id, principal: caller, upstream: upstream, method: method,
            session: session.map { Digest(of: Array($0.utf8)) },
            lists: ListedKind.allCases.filter(filter.lists.contains).map(\.rawValue),
            resources: filter.orderedResources, refused: refused, context: exchange.context(version: version))
    }

    // MARK: - Opening

    private func open(_ plan: Plan, _ exchange: Exchange, on agent: AgentLine) async -> AuditedResponse {
        let caller = CallerKey(plan.facts.principal)
        guard streams.reserve(caller) else { return await refusals.tooManyStreams(exchange) }
        if let session = plan.session, !sessions.hold(session, maximum: streams.limits.perSession) {
            streams.release(caller)
            return await refusals.tooManyStreams(exchange)
        }
        do throws(AuditError) {
            let stream = try await audit.openStanding(plan.facts, head: Self.head, to: agent.sink)
            let line = StandingLine(
                stream, session: plan.session, subscription: plan.subscription, filter: plan.filter,
                permits: permission(plan.facts))
            let streams = streams
            agent.stand(
                StandingSide(wrote: { line.wrote() }, left: { streams.end(line, .agentLeft) }))
            await streams.enter(line)
            if agent.isGone { streams.end(line, .agentLeft) }
            line.begin()
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
            sessions.unsubscribe(from: uri, session)
        } else if case .answered = result {
            sessions.subscribe(to: uri, session)
        }
        let ear = StandingStreams.Ear(upstream: call.upstream, caller: CallerKey(call.principal))
        await streams.refresh(ear, session: session)
    }

    /// That a list changed may be told to everybody who sees lists; an update only while its resource is granted.
    private func permission(_ facts: StreamFacts) -> @Sendable (Change) -> Bool {
        let (policy, clock, caller, upstream) = (policy, clock, facts.principal, facts.upstream)
        return { change in
            switch change {
            case .list: true
            case .updated(let uri):
                policy.isVisible(.resource(uri), to: caller, upstream: upstream, now: clock.now())
            }
        }
    }

    private static let head = CallStream.head
}
