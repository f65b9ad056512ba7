import MartletApproval
package import MartletAudit
package import MartletGateway
import MartletJSON

/// The operator's and approvers' side of a running gateway: JSON over HTTP on a Unix socket.
///
/// The socket belongs to the gateway's user alone, so whoever can connect is the operator; deciding an approval needs
/// the approver's own token on top, because an operator is not an approver. Source: ARCHITECTURE, "What the outside
/// sees"; docs/operate/approvals.md.
///
/// `GET /approvals`, `GET /approvals/<ticket>`, `POST /approvals/<ticket>/approve|deny`, `POST /tokens`,
/// `POST /revocations`, `POST /reads`, `GET /grants`, `POST /erasures`, `GET /holds`, `POST /holds`, `POST /holds/release`, `POST /words`.
/// Errors are `{"error": "…"}` with 400, 401, 403, 404, 409 or 503.
package struct AdminAPI: Responder {
    private let approvals: ApprovalRulings
    private let credentials: CredentialDesk
    private let audit: AuditLog
    private let readings: ReadingDesk
    private let erasures: ErasureDesk
    private let words: WordDesk
    /// The grants as they stand, already JSON.
    private let grants: [UInt8]

    package init(
        approvals: ApprovalRulings, credentials: CredentialDesk, audit: AuditLog, eraser: Eraser, grants: [UInt8],
        look: @escaping @Sendable (UInt64) async -> ProofLookup
    ) {
        self.approvals = approvals
        self.credentials = credentials
        self.audit = audit
        readings = ReadingDesk(audit: audit)
        erasures = ErasureDesk(eraser: eraser, audit: audit)
        words = WordDesk(audit: audit, look: look)
        self.grants = grants
    }

    package func answer(_ request: InboundRequest, on line: AgentLine?) async -> AuditedResponse {
        let parts = request.path.split(separator: "/").map(String.init)
        switch (request.method, parts.first, parts.count) {
        case ("GET", "approvals", 1): return await approvals.list()
        case ("GET", "approvals", 2): return await approvals.show(parts[1])
        case ("POST", "approvals", 3):
            guard let verdict = Verdict(rawValue: parts[2]) else { break }
            return await approvals.rule(verdict, on: parts[1], request)
        case ("POST", "tokens", 1): return await credentials.issue(request)
        case ("POST", "revocations", 1): return await credentials.revoke(request)
        case ("POST", "reads", 1): return await readings.record(request)
        case ("POST", "words", 1): return await words.record(request)
        case ("POST", "erasures", 1): return await erasures.erase(request)
        case ("GET", "holds", 1): return erasures.holds()
        case ("POST", "holds", 1): return await erasures.hold(request, releases: false)
        case ("POST", "holds", 2):
            guard parts[1] == "release" else { break }
            return await erasures.hold(request, releases: true)
        case ("GET", "grants", 1): return audit.unrecorded(.metadata, answering: AdminAnswer.json(200, grants))
        default: break
        }
        return audit.unrecorded(.metadata, answering: AdminAnswer.problem(404, "There is no such admin route"))
    }

    package func refuse(reason: String, status: Int, source: String) async -> AuditedResponse {
        audit.unrecorded(.metadata, answering: AdminAnswer.problem(status, reason))
    }
}

/// The forms of an admin answer.
enum AdminAnswer {
    static func json(_ status: Int, _ body: [UInt8]) -> ResponseDraft {
        ResponseDraft(status: status, headers: [(name: "content-type", value: "application/json")], body: body)
    }

    static func problem(_ status: Int, _ text: String) -> ResponseDraft {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("error", string: text)
        writer.endObject()
        return json(status, writer.bytes)
    }
}
