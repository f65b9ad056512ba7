package import MartletCore

/// How a request reached the gateway. The source, protocol and transport are observed; the client's name, version and
/// trace are the caller's own words.
package struct CallContext: Sendable {
    package var sourceAddress: String
    package var protocolVersion: String
    /// `http` or `stdio`, as the agent speaks to the gateway.
    package var transport: String
    package var clientName: String?
    package var clientVersion: String?
    /// A validated W3C `traceparent`.
    package var traceparent: String?
    /// The definition of the tool as the upstream last listed it.
    package var toolDigest: Digest?
    /// 0 for the first request of a call, counted up when the upstream asks back.
    package var round: Int
    /// The route when it is not the upstream's own; nil for `/mcp/<upstream>`.
    package var route: String?

    package init(
        sourceAddress: String, protocolVersion: String, transport: String, clientName: String? = nil,
        clientVersion: String? = nil, traceparent: String? = nil, toolDigest: Digest? = nil,
        round: Int = 0, route: String? = nil
    ) {
        self.sourceAddress = sourceAddress
        self.protocolVersion = protocolVersion
        self.transport = transport
        self.clientName = clientName
        self.clientVersion = clientVersion
        self.traceparent = traceparent
        self.toolDigest = toolDigest
        self.round = round
        self.route = route
    }
}
