import MartletAudit
import MartletCore
import MartletJSON
import MartletMCP

/// One request on its way through the stages: what is known so far, for answers and records.
struct Exchange: Sendable {
    let id: CallID
    let inbound: InboundRequest
    let route: Route
    let received: UnixTime
    /// Revocations that were known when the request came.
    let revocationEpoch: UInt64
    /// Known after stage 2.
    var principal: Principal?
    /// The upstream that the route names; nil on the aggregated route.
    var upstream: UpstreamID?
    /// Known after stage 3.
    var message: MCPRequest?
    /// Of a session-era request, past its checks.
    var session: Session?
    /// Whether anything can be said to the sender before the answer.
    let hasLine: Bool
    /// The sender answers a question of ours, in `session`.
    var isResponse = false

    init(
        _ inbound: InboundRequest, route: Route, hasLine: Bool = false, revocationEpoch: UInt64 = 0, now: UnixTime,
        random: any RandomSource
    ) {
        id = CallID(time: now, random: RandomBits(random))
        self.inbound = inbound
        self.route = route
        received = now
        self.revocationEpoch = revocationEpoch
        self.hasLine = hasLine
    }

    /// What this agent can be asked during the call, as it declared it; nil when that is nothing.
    ///
    /// In the modern era each request says it. In the session era `initialize` did, and the question needs an event
    /// stream to travel on.
    func askable(_ message: MCPRequest) -> JSONValue? {
        guard message.method.asksBack else { return nil }
        guard message.era == .legacy else { return message.clientCapabilities }
        return hasLine && message.acceptsEventStream ? session?.capabilities : nil
    }

    /// The era the answer is written in; a request nobody could read is answered in the session era's plain form.
    var era: ProtocolEra { message?.era ?? .legacy }

    /// The word for what was asked, bounded: an unread request is named by its HTTP method.
    var method: String { message?.method.rawValue ?? (isResponse ? "response" : "http") }

    /// `version` is known without a message where a session says it.
    func context(toolDigest: Digest? = nil, round: Int = 0, version: ProtocolVersion? = nil) -> CallContext {
        CallContext(
            sourceAddress: inbound.source, protocolVersion: (version ?? message?.version)?.rawValue ?? "none",
            transport: "http",
            clientName: message?.clientName, clientVersion: message?.clientVersion,
            traceparent: message?.traceparent?.description, toolDigest: toolDigest, round: round,
            route: route.recorded)
    }
}
