package import MartletAudit
package import MartletGateway

/// What a listener asks for an answer: the MCP gateway or the admin API.
package protocol Responder: Sendable {
    /// Answers one well-framed request. What comes before the answer goes through `line`, where there is one.
    func answer(_ request: InboundRequest, on line: AgentLine?) async -> AuditedResponse
    /// Answers a request whose framing was refused; its content was not looked at.
    func refuse(reason: String, status: Int, source: String) async -> AuditedResponse
}

extension Gateway: Responder {}
