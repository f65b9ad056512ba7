import MartletCore
package import MartletJSON

/// Turns one POST into an `MCPRequest`, or into the error its sender gets: the protocol stage of the request path.
///
/// The order of the checks is part of the protocol: media types, JSON, envelope, duplicated headers, then per era.
/// Whoever is authenticated already may learn the first thing that is wrong; nobody else gets here.
/// Source: MCP 2026-07-28, Transports, "Server Validation"; MCP 2025-11-25, Transports.
package struct RequestParser: Sendable {
    private let limits: JSONLimits

    package init(limits: JSONLimits = .request) { self.limits = limits }

    /// A request or a notification; a response is refused.
    package func parse(headers: RequestHeaders, body: [UInt8]) throws(ProtocolError) -> MCPRequest {
        guard case .request(let request) = try message(headers: headers, body: body) else { throw .nothingAsked }
        return request
    }

    /// Whatever an agent may send.
    package func message(headers: RequestHeaders, body: [UInt8]) throws(ProtocolError) -> InboundMessage {
        guard headers.isJSON else { throw .unsupportedMediaType }
        guard headers.acceptsJSON || headers.acceptsEventStream else { throw .notAcceptable }
        let document = try document(body)
        if document.member("method") == nil,
            let response = try AgentResponse(document, headers, bodyDigest: Digest(of: body))
        {
            return .response(response)
        }
        return .request(try request(document, headers, body))
    }

    private func request(
        _ document: JSONValue, _ headers: RequestHeaders, _ body: [UInt8]
    ) throws(ProtocolError) -> MCPRequest {
        let envelope = try Envelope(document)
        if let name = headers.duplicate { throw .duplicateHeader(name, id: envelope.id) }
        let version = try checkedVersion(envelope, headers)
        let method = try checkedMethod(envelope, version.era)
        try checkParameters(of: method, envelope, version.era)
        return MCPRequest(
            version: version, id: envelope.id, method: method, params: envelope.params,
            sessionID: version.era == .legacy ? headers.sessionID : nil, bodyDigest: Digest(of: body),
            acceptsJSON: headers.acceptsJSON, acceptsEventStream: headers.acceptsEventStream,
            traceparent: traceparent(envelope, headers), parameterHeaders: headers.parameters)
    }

    private func document(_ body: [UInt8]) throws(ProtocolError) -> JSONValue {
        do {
            return try JSONValue.parse(body, limits: limits)
        } catch {
            throw ProtocolError(error)
        }
    }

    /// A request is modern as soon as its body or its header says so: an older header never lowers the rules.
    private func checkedVersion(_ envelope: Envelope, _ headers: RequestHeaders) throws(ProtocolError)
        -> ProtocolVersion
    {
        let stated = headers.protocolVersion.map { ProtocolVersion(exactly: $0) }
        if envelope.claimsVersion || (stated.map { $0?.era != .legacy } ?? false) {
            return try ModernRules(envelope: envelope, headers: headers).version()
        }
        return try LegacyRules(envelope: envelope, headers: headers).version(stated: stated.flatMap(\.self))
    }

    private func checkedMethod(_ envelope: Envelope, _ era: ProtocolEra) throws(ProtocolError) -> Method {
        guard let method = envelope.knownMethod, method.exists(in: era), method.entry.isServed else {
            throw .methodNotFound(envelope.method, era: era, id: envelope.id)
        }
        guard method.isNotification == (envelope.id == nil) else {
            let rule = method.isNotification ? "must not have an id" : "must have an id"
            throw .invalidRequest("\(method.rawValue) \(rule)", id: envelope.id)
        }
        return method
    }

    private func checkParameters(of method: Method, _ envelope: Envelope, _ era: ProtocolEra) throws(ProtocolError) {
        if method.entry.record == .list, envelope.params?.member("cursor") != nil {
            // We answer every list on one page, so no cursor is ours.
            throw .invalidParams("Invalid cursor", era: era, id: envelope.id)
        }
        if let meta = envelope.params?.member("_meta"), meta.kind != .object {
            throw .invalidParams("params._meta must be an object", era: era, id: envelope.id)
        }
    }

    private func traceparent(_ envelope: Envelope, _ headers: RequestHeaders) -> TraceParent? {
        let stated = envelope.params?.member("_meta")?.member(MetaKey.traceparent)
        return (stated?.string ?? headers.traceparent).flatMap(TraceParent.init)
    }
}
