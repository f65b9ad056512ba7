import MartletAuthn
import MartletCore
import MartletMCP
import MartletPolicy

/// Stage 3: one strict reading of the body, and for session-era requests the session that must belong to the caller.
struct ProtocolStage: Sendable {
    let parser: RequestParser
    let sessions: SessionTable
    let upstreams: UpstreamDirectory
    let policy: PolicyEngine
    let rounds: InputRounds
    let tasks: TaskRelay

    /// The upstream of the route, nil on the aggregated one; only callers with a valid token get this far.
    func upstream(of exchange: Exchange) throws(ProtocolRefusal) -> UpstreamID? {
        if exchange.route == .aggregate { return nil }
        guard case .mcp(let name) = exchange.route, let id = UpstreamID(name), upstreams[id] != nil else {
            throw .unknownRoute
        }
        return id
    }

    func read(
        _ exchange: inout Exchange, _ authenticated: AuthenticatedRequest
    ) throws(ProtocolRefusal) -> InboundMessage {
        guard exchange.inbound.method == "POST" else { throw .methodNotAllowed }
        let read: InboundMessage
        do {
            read = try parser.message(headers: RequestHeaders(exchange.inbound.headers), body: exchange.inbound.body)
        } catch {
            throw .malformed(error)
        }
        switch read {
        case .response(let response):
            exchange.isResponse = true
            exchange.session = try session(response.sessionID, id: nil, exchange, authenticated.principal)
        case .request(let message):
            exchange.message = message
            exchange.session = try session(of: message, exchange, authenticated.principal)
            try checkFeature(of: message, exchange, authenticated.principal)
        }
        return read
    }

    func call(
        _ message: MCPRequest, _ exchange: Exchange, _ authenticated: AuthenticatedRequest
    ) throws(ProtocolRefusal) -> (CallTurn, RequestID) {
        guard let id = message.id else { throw .unknownRoute }
        if message.method.taskAction != nil { return try taskCall(message, id, exchange, authenticated) }
        let request: CallRequest
        do throws(ProtocolError) {
            request = try message.call(exchange.route.naming)
        } catch {
            throw .malformed(error)
        }
        // From here on the route makes no difference: an upstream that nobody granted, or that does not exist, is the
        // policy's business.
        guard let upstream = request.upstream ?? exchange.upstream else { throw .unknownRoute }
        do throws(ProtocolError) {
            try checkSubscription(message, request, upstream)
            let claim = try rounds.claim(request, message, authenticated.principal, upstream, exchange)
            let call = ToolCall(
                id: claim.call, principal: authenticated.principal, upstream: upstream,
                method: message.method.rawValue, subject: request.subject, arguments: request.arguments,
                argumentDigest: claim.digest, bodyDigest: message.bodyDigest, model: message.model,
                received: exchange.received, input: claim.input)
            return (CallTurn(call: call, claim: claim), id)
        } catch {
            throw .malformed(error)
        }
    }

    /// A session can subscribe to so many resources and no more.
    private func checkSubscription(
        _ message: MCPRequest, _ request: CallRequest, _ upstream: UpstreamID
    ) throws(ProtocolError) {
        guard message.method == .subscribe, let session = message.sessionID,
            case .resource(let uri) = request.subject
        else { return }
        guard sessions.hasRoom(for: uri, of: upstream, session) else {
            throw .invalidParams(
                "this session is subscribed to as many resources as it may be", era: message.era, id: message.id)
        }
    }

    private func taskCall(
        _ message: MCPRequest, _ id: RequestID, _ exchange: Exchange, _ authenticated: AuthenticatedRequest
    ) throws(ProtocolRefusal) -> (CallTurn, RequestID) {
        do throws(ProtocolError) {
            return (CallTurn(call: try tasks.call(message, exchange, authenticated.principal)), id)
        } catch {
            throw .malformed(error)
        }
    }

    /// What the upstream does not advertise is an unknown method, granted or not. Levels of logs are our own state.
    private func checkFeature(
        of message: MCPRequest, _ exchange: Exchange, _ caller: Principal
    ) throws(ProtocolRefusal) {
        guard message.method != .callTool, let feature = ServerFeature(message.method), feature != .logging else {
            return
        }
        let now = exchange.received
        let asked = exchange.upstream.map { [$0] } ?? upstreams.usable(by: caller, policy, now: now)
        guard !asked.isEmpty, asked.allSatisfy({ upstreams.lacks(feature, $0, now: now) }) else { return }
        throw .malformed(.methodNotFound(message.method.rawValue, era: message.era, id: message.id))
    }

    /// A session of another caller, an ended one and one that never was get the same answer.
    private func session(
        of message: MCPRequest, _ exchange: Exchange, _ caller: Principal
    ) throws(ProtocolRefusal) -> Session? {
        guard message.era == .legacy, message.method != .initialize else { return nil }
        return try session(message.sessionID, id: message.id, exchange, caller)
    }

    private func session(
        _ name: String?, id: RequestID?, _ exchange: Exchange, _ caller: Principal
    ) throws(ProtocolRefusal) -> Session {
        guard let name else { throw .malformed(.missingSession(id: id)) }
        let session = sessions.find(name, caller: caller, route: exchange.route, now: exchange.received)
        guard let session else { throw .malformed(.unknownSession(id: id)) }
        return session
    }
}

/// Why a request does not get past stage 3.
enum ProtocolRefusal: Error, Sendable {
    case malformed(ProtocolError)
    case unknownRoute
    case methodNotAllowed
}
