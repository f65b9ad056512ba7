import MartletAudit
import MartletAuthn
import MartletMCP

/// Stage 3 of every request: a call goes on with what was read, everything else is answered by the room of its kind.
struct Intake: Sendable {
    /// What became of a request.
    enum Reading: ~Copyable, Sendable {
        /// A call, as the agent named it, and its first round.
        case call(MCPRequest, CallTurn, RequestID)
        /// No call, or none that can be read: answered and on record.
        case answered(AuditedResponse)
    }

    let protocolStage: ProtocolStage
    let messages: MessagePipeline
    let listening: ListenPipeline
    let refusals: Refusals

    /// Reads `exchange`, and keeps in it what the records of a refusal name.
    func read(
        _ exchange: inout Exchange, _ authenticated: AuthenticatedRequest, on line: AgentLine?
    ) async -> Reading {
        do throws(ProtocolRefusal) {
            exchange.upstream = try protocolStage.upstream(of: exchange)
            switch exchange.inbound.method {
            case "DELETE": return .answered(await messages.endSession(exchange, authenticated))
            case "GET": return .answered(await listening.openSessionStream(exchange, authenticated, on: line))
            default: break
            }
            let message: MCPRequest
            switch try protocolStage.read(&exchange, authenticated) {
            case .request(let request): message = request
            case .response(let response): return .answered(await messages.settle(response, exchange))
            }
            let entry = message.method.entry
            if entry.authorization != .grant {
                guard entry.record == .stream else {
                    return .answered(await messages.answer(message, exchange, authenticated))
                }
                return .answered(await listening.listen(message, exchange, authenticated, on: line))
            }
            let (turn, id) = try protocolStage.call(message, exchange, authenticated)
            return .call(message, turn, id)
        } catch {
            return .answered(await refusals.malformed(error, exchange))
        }
    }
}
