import MartletAuthn
import MartletCore
import MartletMCP

/// Stage 3: one strict reading of the body, and for session-era requests the session that must belong to the caller.
struct ProtocolStage: Sendable {
    let parser: RequestParser
    let sessions: SessionTable
    let upstreams: UpstreamDirectory
    let rounds: InputRounds

    /// The upstream of the route; only callers with a valid token get this far.
    func upstream(of exchange: Exchange) throws(ProtocolRefusal) -> UpstreamID {
        guard case .mcp(let name) = exchange.route, let id = UpstreamID(name), upstreams[id] != nil else {
            throw .unknownRoute
        }
        return id
    }

    func read(
        _ exchange: inout Exchange, _ authenticated: AuthenticatedRequest
    ) throws(ProtocolRefusal) -> MCPRequest {
        guard exchange.inbound.method == "POST" else { throw .methodNotAllowed }
        let message: MCPRequest
        do {
            message = try parser.parse(headers: RequestHeaders(exchange.inbound.headers), body: exchange.inbound.body)
        } catch {
            throw .malformed(error)
        }
        exchange.message = message
        exchange.sessionLogLevel = try session(of: message, exchange, authenticated.principal)?.logLevel
        try checkFeature(of: message, exchange)
        return message
    }

    func call(
        _ message: MCPRequest, _ exchange: Exchange, _ authenticated: AuthenticatedRequest
    ) throws(ProtocolRefusal) -> (ToolCall, RequestID, InputRounds.Claim) {
        guard let upstream = exchange.upstream, let id = message.id else { throw .unknownRoute }
        do throws(ProtocolError) {
            let request = try message.call()
            let claim = rounds.claim(
                request, message, authenticated.principal, upstream, call: exchange.id, now: exchange.received)
            guard let claim else { throw ProtocolError.invalidRequestState(era: message.era, id: id) }
            let call = ToolCall(
                id: claim.call, principal: authenticated.principal, upstream: upstream,
                method: message.method.rawValue, subject: request.subject, arguments: request.arguments,
                argumentDigest: claim.digest, bodyDigest: message.bodyDigest, model: message.model,
                received: exchange.received, input: claim.input)
            return (call, id, claim)
        } catch {
            throw .malformed(error)
        }
    }

    /// What the upstream does not advertise is an unknown method, granted or not. Levels of logs are our own state.
    private func checkFeature(of message: MCPRequest, _ exchange: Exchange) throws(ProtocolRefusal) {
        guard message.method != .callTool, let upstream = exchange.upstream,
            let feature = ServerFeature(message.method), feature != .logging,
            upstreams.lacks(feature, upstream, now: exchange.received)
        else { return }
        throw .malformed(.methodNotFound(message.method.rawValue, era: message.era, id: message.id))
    }

    /// A session of another caller, an ended one and one that never was get the same answer.
    private func session(
        of message: MCPRequest, _ exchange: Exchange, _ caller: Principal
    ) throws(ProtocolRefusal) -> Session? {
        guard message.era == .legacy, message.method != .initialize, let upstream = exchange.upstream else {
            return nil
        }
        guard let id = message.sessionID else { throw .malformed(.missingSession(id: message.id)) }
        let session = sessions.find(id, caller: caller, upstream: upstream, now: exchange.received)
        guard let session else { throw .malformed(.unknownSession(id: message.id)) }
        return session
    }
}

/// Why a request does not get past stage 3.
enum ProtocolRefusal: Error, Sendable {
    case malformed(ProtocolError)
    case unknownRoute
    case methodNotAllowed
}
