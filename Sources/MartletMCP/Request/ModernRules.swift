import MartletJSON

/// What a 2026-07-28 message must fulfil before its method is looked at.
///
/// Order: `_meta`, headers against body, version. A client that contradicts itself is told so before it is told that
/// its version is unknown. Source: MCP 2026-07-28, Transports, "Server Validation".
struct ModernRules {
    let envelope: Envelope
    let headers: RequestHeaders

    func version() throws(ProtocolError) -> ProtocolVersion {
        // A notification has no required `_meta`; what it does say must still agree with its headers.
        if envelope.id != nil { try checkMeta() }
        try checkVersionHeader()
        try checkMethodHeader()
        try checkNameHeader()
        return try supportedVersion()
    }

    private var meta: JSONValue? { envelope.params?.member("_meta") }

    private func checkMeta() throws(ProtocolError) {
        guard let meta, meta.kind == .object else {
            throw .missingEnvelope("params._meta must be an object with the protocol version", id: envelope.id)
        }
        for key in [MetaKey.protocolVersion, MetaKey.clientCapabilities] where meta.member(key) == nil {
            throw .missingEnvelope("params._meta lacks \(key)", id: envelope.id)
        }
        guard meta.member(MetaKey.clientCapabilities)?.kind == .object else {
            throw .missingEnvelope("\(MetaKey.clientCapabilities) must be an object", id: envelope.id)
        }
    }

    private func checkVersionHeader() throws(ProtocolError) {
        let stated = meta?.member(MetaKey.protocolVersion)
        if envelope.id == nil, stated == nil { return }
        guard let header = headers.protocolVersion, let text = stated?.string, header.hasSameBytes(as: text) else {
            throw .headerMismatch(
                "MCP-Protocol-Version header does not match the protocol version of _meta", id: envelope.id)
        }
    }

    private func checkMethodHeader() throws(ProtocolError) {
        if envelope.id == nil, headers.method == nil { return }
        guard let header = headers.method, header.hasSameBytes(as: envelope.method) else {
            throw .headerMismatch("Mcp-Method header does not match the method of the body", id: envelope.id)
        }
    }

    private func checkNameHeader() throws(ProtocolError) {
        guard let parameter = envelope.knownMethod?.nameParameter else {
            return try headers.refuseName(of: envelope)
        }
        // A missing name is a bad parameter, said later; a header that matches nothing is a mismatch now.
        guard let value = envelope.params?.member(parameter) else { return try headers.refuseName(of: envelope) }
        guard let header = headers.name, let name = value.string, let decoded = HeaderValue.decode(header),
            decoded.hasSameBytes(as: name)
        else { throw .headerMismatch("Mcp-Name header does not match params.\(parameter)", id: envelope.id) }
    }

    private func supportedVersion() throws(ProtocolError) -> ProtocolVersion {
        let stated = headers.protocolVersion ?? ""
        guard let version = ProtocolVersion(exactly: stated), version.era == .modern else {
            throw .unsupportedVersion(stated, id: envelope.id)
        }
        return version
    }
}

extension RequestHeaders {
    /// Refuses an `Mcp-Name` of a method the gateway knows to have no name: whoever routes by it reads what we do not.
    fileprivate func refuseName(of envelope: Envelope) throws(ProtocolError) {
        guard name == nil || envelope.knownMethod == nil else {
            throw .headerMismatch("Mcp-Name header names nothing in the body", id: envelope.id)
        }
    }
}

extension ProtocolVersion {
    /// The version with exactly these bytes.
    init?(exactly text: String) {
        guard let version = Self.allCases.first(where: { $0.rawValue.hasSameBytes(as: text) }) else { return nil }
        self = version
    }
}
