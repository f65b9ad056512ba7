import MartletMCP
import NIOCore
import NIOHTTP1

/// Builds the HTTP requests to one upstream: the fields of MCP, our credential, and nothing else.
///
/// No type that carries a caller's headers exists in this module, so none can slip through.
struct RequestComposer: Sendable {
    private let endpoint: Endpoint
    /// Host, user agent and credential.
    private let constant: HTTPHeaders

    init(endpoint: Endpoint, credential: EgressCredential?) {
        self.endpoint = endpoint
        var fields = HTTPHeaders([("host", endpoint.authority), ("user-agent", "martlet")])
        if let credential { fields.add(name: credential.header, value: credential.reveal()) }
        constant = fields
    }

    func post(
        _ message: OutboundMessage, deadline: NIODeadline, expecting expectation: HTTPRequest.Expectation
    ) -> HTTPRequest {
        var fields = constant
        fields.reserveCapacity(fields.count + message.headers.count + 1)
        fields.add(name: "content-length", value: String(message.body.count))
        for (name, value) in message.headers { fields.add(name: name, value: value) }
        return HTTPRequest(
            head: head(.POST, fields), body: ByteBuffer(bytes: message.body), deadline: deadline,
            expectation: expectation)
    }

    /// Ends a legacy session. Source: MCP 2025-11-25, Transports, "Session Management".
    func delete(_ session: LegacySession, deadline: NIODeadline) -> HTTPRequest {
        var fields = constant
        fields.add(name: "mcp-protocol-version", value: session.version.rawValue)
        if let id = session.id { fields.add(name: "mcp-session-id", value: id) }
        return HTTPRequest(
            head: head(.DELETE, fields), body: nil, deadline: deadline, expectation: .acknowledgement)
    }

    func get(deadline: NIODeadline) -> HTTPRequest {
        var fields = constant
        fields.add(name: "accept", value: "application/json")
        return HTTPRequest(head: head(.GET, fields), body: nil, deadline: deadline, expectation: .document)
    }

    private func head(_ method: HTTPMethod, _ fields: HTTPHeaders) -> HTTPRequestHead {
        HTTPRequestHead(version: .http1_1, method: method, uri: endpoint.target, headers: fields)
    }
}
