package import MartletCore
package import MartletJSON

/// An agent's answer to a request of ours on the stream of its call: session era only.
///
/// Source: MCP 2025-11-25, Transports, "Sending Messages to the Server".
package struct AgentResponse: Sendable {
    package let id: RequestID
    package let sessionID: String
    package let version: ProtocolVersion
    package let answer: Answer
    /// SHA-256 of the body as it was received.
    package let bodyDigest: Digest

    package enum Answer: Sendable {
        case result(JSONValue)
        case error(code: Int64, message: String)
    }

    /// Nil when the document is no response at all; throws for a response that cannot be one to us.
    init?(_ document: JSONValue, _ headers: RequestHeaders, bodyDigest: Digest) throws(ProtocolError) {
        guard document.kind == .object, document.member("method") == nil,
            document.member("result") != nil || document.member("error") != nil
        else { return nil }
        if let known = Lookalikes.find(in: document, of: Lookalikes.envelope) { throw .lookalikeKey(known, id: nil) }
        guard document.member("jsonrpc")?.isString("2.0") == true else {
            throw .invalidRequest("jsonrpc must be \"2.0\"", id: nil)
        }
        if let name = headers.duplicate { throw .duplicateHeader(name, id: nil) }
        let stated = headers.protocolVersion.map { ProtocolVersion(exactly: $0) } ?? .assumedLegacy
        // The modern era has no requests of ours to answer.
        guard let version = stated, version.era == .legacy else { throw .nothingAsked }
        guard headers.method == nil, headers.name == nil else {
            throw .headerMismatch("Mcp-Method and Mcp-Name name nothing in a response", id: nil)
        }
        guard let session = headers.sessionID, !session.isEmpty else { throw .missingSession(id: nil) }
        guard let id = document.member("id").flatMap(RequestID.init) else {
            throw .invalidRequest("id must be a string or an integer", id: nil)
        }
        self.id = id
        self.version = version
        self.bodyDigest = bodyDigest
        sessionID = session
        answer = try Self.answer(document)
    }

    private static func answer(_ document: JSONValue) throws(ProtocolError) -> Answer {
        switch (document.member("result"), document.member("error")) {
        case (let result?, nil) where result.kind == .object: return .result(result)
        case (nil, let error?):
            guard let code = error.member("code")?.integer, let message = error.member("message")?.string else {
                throw .invalidRequest("error must have a code and a message", id: nil)
            }
            return .error(code: code, message: message.limited(to: 1024))
        case (nil, nil), (_?, _): throw .invalidRequest("A response has a result object or an error", id: nil)
        }
    }
}

/// One message of an agent.
package enum InboundMessage: Sendable {
    case request(MCPRequest)
    case response(AgentResponse)
}
