import MartletAudit
import MartletAuthn
import MartletCore
import MartletEgress
import MartletMCP
import MartletPolicy

/// Everything an agent may say that is no call: each method by name, behind the same gates.
struct MessagePipeline: Sendable {
    let sessions: SessionTable
    let calls: CallsInFlight
    let questions: OpenQuestions
    let upstreams: UpstreamDirectory
    let lists: ListPipeline
    let audit: AuditLog
    let errors: ErrorMapping
    let refusals: Refusals
    let server: Implementation

    func answer(
        _ message: MCPRequest, _ exchange: Exchange, _ authenticated: AuthenticatedRequest
    ) async -> AuditedResponse {
        switch message.method {
        case .listTools, .listPrompts, .listResources, .listResourceTemplates:
            await lists.answer(message, exchange, authenticated)
        case .initialize: await openSession(message, exchange, authenticated.principal)
        case .ping: unrecorded(.ping, message) { Reply.empty(to: message, id: $0) }
        case .cancelled: cancel(message)
        case .discover: await discover(message, exchange, authenticated.principal)
        case .setLevel: await setLevel(message, exchange, authenticated.principal)
        case .initialized, .progress, .rootsListChanged:
            audit.unrecorded(.notification, answering: ResponseDraft(status: 202))
        // Calls take the path of calls, and what is not served does not get through the protocol stage.
        case .callTool, .getPrompt, .readResource, .complete, .subscribe, .unsubscribe, .listen, .getTask,
            .updateTask, .cancelTask:
            await refusals.malformed(.unknownRoute, exchange)
        }
    }

    /// An agent's answer to a question of ours. It goes on in the call that waits for it, which records it.
    func settle(_ response: AgentResponse, _ exchange: Exchange) async -> AuditedResponse {
        do throws(ProtocolError) {
            try questions.settle(response, by: exchange.principal)
            return audit.unrecorded(.notification, answering: ResponseDraft(status: 202))
        } catch {
            return await refusals.malformed(.malformed(error), exchange)
        }
    }

    private func discover(_ message: MCPRequest, _ exchange: Exchange, _ caller: Principal) async -> AuditedResponse {
        let profile = await profile(exchange, caller)
        return unrecorded(.discover, message) { Reply.discover(id: $0, server: server, profile: profile) }
    }

    /// What the agent wants to hear of the upstream's log, for the rest of its session.
    private func setLevel(_ message: MCPRequest, _ exchange: Exchange, _ caller: Principal) async -> AuditedResponse {
        do throws(ProtocolError) {
            let level = try message.logLevel()
            sessions.setLevel(level, of: message.sessionID ?? "")
            await tell(level, exchange, caller)
            return unrecorded(.ping, message) { Reply.empty(to: message, id: $0) }
        } catch {
            return await refusals.malformed(.malformed(error), exchange)
        }
    }

    /// Gives up the caller's own call; its outcome is recorded where it runs. The protocol stage has checked that the
    /// session is the caller's. In the modern era over HTTP only closing the connection cancels: nothing happens here.
    private func cancel(_ message: MCPRequest) -> AuditedResponse {
        if message.era == .legacy, let session = message.sessionID, let request = message.cancelledID {
            if let call = calls.cancel(CallsInFlight.Name(session: session, request: request)) {
                questions.giveUp(call)
            }
        }
        return audit.unrecorded(.notification, answering: ResponseDraft(status: 202))
    }

    /// DELETE on a route ends the caller's session there. Source: MCP 2025-11-25, Transports, "Session Management".
    func endSession(_ exchange: Exchange, _ authenticated: AuthenticatedRequest) async -> AuditedResponse {
        let caller = authenticated.principal
        let named = exchange.inbound.values("mcp-session-id")
        guard named.count == 1, let id = named.first else {
            return await refusals.malformed(.malformed(.missingSession(id: nil)), exchange)
        }
        guard sessions.close(id, caller: caller, route: exchange.route, now: exchange.received) else {
            return await refusals.malformed(.malformed(.unknownSession(id: nil)), exchange)
        }
        let event = GatewayEvent.sessionClosed(sessionEvent(id, exchange, caller), reason: "client")
        return await recorded(event, ResponseDraft(status: 200), exchange)
    }

    private func openSession(
        _ message: MCPRequest, _ exchange: Exchange, _ caller: Principal
    ) async -> AuditedResponse {
        guard let id = message.id else { return await refusals.malformed(.unknownRoute, exchange) }
        let (session, ended) = sessions.open(
            for: caller, route: exchange.route, version: message.version,
            asking: AgentCapabilities(message.clientCapabilities), now: exchange.received)
        guard await record(ended, exchange) else { return await refusals.notRecorded(exchange) }
        guard let session else {
            return await refusals.malformed(
                .malformed(.internalError(status: 503, message: "Too many open sessions", id: id)), exchange)
        }
        let profile = await profile(exchange, caller)
        let body = Reply.initialize(to: message, id: id, server: server, profile: profile)
        var draft = errors.answer(body, message)
        draft.headers.append((name: "mcp-session-id", value: session.id))
        let event = GatewayEvent.sessionOpened(sessionEvent(session.id, exchange, caller))
        return await recorded(event, draft, exchange)
    }

    private func sessionEvent(_ id: String, _ exchange: Exchange, _ caller: Principal) -> SessionEvent {
        SessionEvent(
            session: Digest(of: Array(id.utf8)), principal: caller, upstream: exchange.upstream,
            route: exchange.route.recorded,
            protocolVersion: exchange.message?.version.rawValue ?? "none", sourceAddress: exchange.inbound.source,
            clientName: exchange.message?.clientName, clientVersion: exchange.message?.clientVersion)
    }

    /// Sessions that made room: their agents hear of it with 404, the investigator by a record.
    private func record(_ ended: [SessionTable.Ended], _ exchange: Exchange) async -> Bool {
        do throws(AuditError) {
            for one in ended {
                let event = SessionEvent(one.session, sourceAddress: exchange.inbound.source)
                _ = try await audit.recordEvent(.sessionClosed(event, reason: one.wasInUse ? "replaced" : "idle"))
            }
            return true
        } catch {
            return false
        }
    }

    /// The event is durable before its answer; without the record the answer is 503.
    private func recorded(
        _ event: GatewayEvent, _ draft: ResponseDraft, _ exchange: Exchange
    ) async -> AuditedResponse {
        do throws(AuditError) {
            return try await audit.record(event, answering: draft)
        } catch {
            return await refusals.notRecorded(exchange)
        }
    }

    private func unrecorded(
        _ kind: UnrecordedKind, _ message: MCPRequest, _ body: (RequestID) -> [UInt8]
    ) -> AuditedResponse {
        guard let id = message.id else { return audit.unrecorded(.notification, answering: ResponseDraft(status: 202)) }
        return audit.unrecorded(kind, answering: errors.answer(body(id), message))
    }
}

extension SessionEvent {
    /// A session that ends without a request of its own agent; `sourceAddress` is that of the request that ended it.
    fileprivate init(_ session: Session, sourceAddress: String) {
        self.init(
            session: Digest(of: Array(session.id.utf8)), principal: session.owner, upstream: session.route.upstream,
            route: session.route.recorded, protocolVersion: session.version.rawValue, sourceAddress: sourceAddress)
    }
}
