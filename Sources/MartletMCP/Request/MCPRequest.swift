package import MartletCore
package import MartletJSON

/// One request or notification of an agent, well formed in its era; the proof that the protocol stage ran.
///
/// Nothing in it is authority: who calls is the principal's business, and `model`, `clientName` and `traceparent` are
/// the client's own words. A reference: it goes through every stage of a call, and copying it would retain each field.
package final class MCPRequest: Sendable {
    /// For `initialize` the version we will answer; else the one the request names (legacy without one: 2025-03-26).
    package let version: ProtocolVersion
    /// Nil for notifications.
    package let id: RequestID?
    package let method: Method
    package let params: JSONValue?
    /// `params._meta`.
    package let meta: JSONValue?
    /// Legacy only, and present in every legacy request but `initialize`. Whether it exists is the gateway's business.
    package let sessionID: String?
    /// SHA-256 of the body as it was received.
    package let bodyDigest: Digest
    package let acceptsJSON: Bool
    package let acceptsEventStream: Bool
    /// From `_meta`, else from the HTTP header; nil when malformed.
    package let traceparent: TraceParent?
    /// `Mcp-Param-*` as they came; `ParameterHeaders` compares them once the tool's schema is known.
    package let parameterHeaders: [ParameterHeader]

    init(
        version: ProtocolVersion, id: RequestID?, method: Method, params: JSONValue?, sessionID: String?,
        bodyDigest: Digest, acceptsJSON: Bool, acceptsEventStream: Bool, traceparent: TraceParent?,
        parameterHeaders: [ParameterHeader]
    ) {
        self.version = version
        self.id = id
        self.method = method
        self.params = params
        meta = params?.member("_meta")
        self.sessionID = sessionID
        self.bodyDigest = bodyDigest
        self.acceptsJSON = acceptsJSON
        self.acceptsEventStream = acceptsEventStream
        self.traceparent = traceparent
        self.parameterHeaders = parameterHeaders
    }

    package var era: ProtocolEra { version.era }
    /// What the client says it can do; legacy requests say it once, in `initialize`.
    package var clientCapabilities: JSONValue? {
        meta?.member(MetaKey.clientCapabilities) ?? params?.member("capabilities")
    }
    package var clientName: String? { clientInfo?.member("name")?.displayText }
    package var clientVersion: String? { clientInfo?.member("version")?.displayText }
    /// The name the caller wants progress reported under.
    package var progressToken: RequestID? { meta?.member(MetaKey.progressToken).flatMap(RequestID.init) }
    /// Of `notifications/cancelled`: the caller's id of the request to give up.
    package var cancelledID: RequestID? {
        method == .cancelled ? params?.member("requestId").flatMap(RequestID.init) : nil
    }

    private var clientInfo: JSONValue? {
        let stated = era == .modern ? meta?.member(MetaKey.clientInfo) : params?.member("clientInfo")
        return stated.flatMap { $0.kind == .object ? $0 : nil }
    }
}

extension JSONValue {
    /// A short text without control characters, as it may be shown and recorded; nil for everything else.
    var displayText: String? {
        guard let text = string, (1...256).contains(text.utf8.count) else { return nil }
        // ASCII is looked at byte by byte: that is what nearly every name is.
        if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
        let hasControl = text.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }
        return hasControl ? nil : text
    }
}
