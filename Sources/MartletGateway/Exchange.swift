import MartletAudit
import MartletCore
import MartletMCP

/// One request on its way through the stages: what is known so far, for answers and records.
struct Exchange: Sendable {
    let id: CallID
    let inbound: InboundRequest
    let route: Route
    let received: UnixTime
    /// Known after stage 2.
    var principal: Principal?
    /// The upstream that the route names; nil on the aggregated route.
    var upstream: UpstreamID?
    /// Known after stage 3.
    var message: MCPRequest?
    /// What the session asked to hear of logs; nil without a session, and before it asked.
    var sessionLogLevel: LogLevel?

    init(_ inbound: InboundRequest, route: Route, now: UnixTime, random: any RandomSource) {
        id = CallID(time: now, random: RandomBits(random))
        self.inbound = inbound
        self.route = route
        received = now
    }

    /// The era the answer is written in; a request nobody could read is answered in the session era's plain form.
    var era: ProtocolEra { message?.era ?? .legacy }

    /// The word for what was asked, bounded: an unread request is named by its HTTP method.
    var method: String { message?.method.rawValue ?? "http" }

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
