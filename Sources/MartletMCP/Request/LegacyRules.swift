import MartletJSON

/// What a message of the session era must fulfil before its method is looked at.
///
/// Source: MCP 2025-11-25, Transports, "Session Management" and "Protocol Version Header"; Lifecycle, "Version
/// Negotiation".
struct LegacyRules {
    let envelope: Envelope
    let headers: RequestHeaders

    func version(stated: ProtocolVersion?) throws(ProtocolError) -> ProtocolVersion {
        try checkRoutingHeaders()
        if envelope.knownMethod == .initialize { return try negotiated() }
        guard let session = headers.sessionID, !session.isEmpty else { throw .missingSession(id: envelope.id) }
        return stated ?? .assumedLegacy
    }

    /// These headers came with the modern era. A legacy agent need not send them, but they may not lie.
    private func checkRoutingHeaders() throws(ProtocolError) {
        if let method = headers.method, !method.hasSameBytes(as: envelope.method) {
            throw .headerMismatch("Mcp-Method header does not match the method of the body", id: envelope.id)
        }
        guard let header = headers.name else { return }
        let parameter = envelope.knownMethod?.nameParameter
        guard let name = parameter.flatMap({ envelope.params?.member($0)?.string }),
            let decoded = HeaderValue.decode(header), decoded.hasSameBytes(as: name)
        else { throw .headerMismatch("Mcp-Name header does not match the body", id: envelope.id) }
    }

    /// The version the client proposes when we speak it, else our newest; the client may then go away.
    private func negotiated() throws(ProtocolError) -> ProtocolVersion {
        guard let proposed = envelope.params?.member("protocolVersion")?.string else {
            throw .invalidParams("params.protocolVersion must be a string", era: .legacy, id: envelope.id)
        }
        guard let version = ProtocolVersion(exactly: proposed), version.era == .legacy else { return .newestLegacy }
        return version
    }
}
