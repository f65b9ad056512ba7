package import MartletAudit
package import MartletGateway

/// What a listener asks for an answer: the MCP gateway or the admin API.
package protocol Responder: Sendable {
    /// Answers one well-framed request.
    func answer(_ request: InboundRequest) async -> AuditedResponse
    /// Answers a request whose framing was refused; its content was not looked at.
    func refuse(reason: String, status: Int, source: String) async -> AuditedResponse
}

extension Gateway: Responder {}
