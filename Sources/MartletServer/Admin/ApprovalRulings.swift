package import MartletApproval
package import MartletAudit
package import MartletAuthn
package import MartletCore
import MartletGateway
import MartletJSON
import MartletPolicy

/// What approvers see and decide.
package struct ApprovalRulings: Sendable {
    private let desk: ApprovalDesk
    private let audit: AuditLog
    private let authenticator: Authenticator
    /// The audience an approver's token must have: `urn:martlet:<environment>:admin`.
    private let audience: String
    /// The listed people of each issuer: a name of one issuer is nobody at another.
    private let people: [String: Set<SubjectID>]
    private let clock: any GatewayClock

    package init(
        desk: ApprovalDesk, audit: AuditLog, authenticator: Authenticator, audience: String,
        people: [String: Set<SubjectID>], clock: any GatewayClock
    ) {
        self.desk = desk
        self.audit = audit
        self.authenticator = authenticator
        self.audience = audience
        self.people = people
        self.clock = clock
    }

    func list() async -> AuditedResponse {
        do {
            let requests = try await desk.list(.all)
            var writer = JSONWriter()
            writer.beginObject()
            writer.key("approvals")
            writer.beginArray()
            for request in requests { writer.approval(request) }
            writer.endArray()
            writer.endObject()
            return unrecorded(AdminAnswer.json(200, writer.bytes))
        } catch {
            return unavailable()
        }
    }

    func show(_ ticket: String) async -> AuditedResponse {
        do {
            guard let id = TicketID(ticket), let request = try await desk.load(id) else { return unknown() }
            var writer = JSONWriter()
            writer.approval(request)
            return unrecorded(AdminAnswer.json(200, writer.bytes))
        } catch {
            return unavailable()
        }
    }

    func rule(_ verdict: Verdict, on ticket: String, _ inbound: InboundRequest) async -> AuditedResponse {
        let approver: Approver
        switch await identify(inbound) {
        case .success(let person): approver = person
        case .failure(let failure):
            let facts = AuthenticationFailureFacts(
                reason: failure.rawValue, source: inbound.source, route: "/approvals", method: inbound.method)
            return await audit.recordAuthenticationFailure(
                facts, answering: AdminAnswer.problem(401, "A valid approver token is required (\(failure.rawValue))"))
        }
        guard let id = TicketID(ticket) else { return unknown() }
        let comment: String?
        do {
            comment = try inbound.body.isEmpty ? nil : JSONValue.parse(inbound.body).member("comment")?.string
        } catch {
            return unrecorded(AdminAnswer.problem(400, "The body is no JSON object: \(error.reason)"))
        }
        return await decide(verdict, id, approver, ApprovalChannel("cli", comment: comment))
    }

    private func decide(
        _ verdict: Verdict, _ ticket: TicketID, _ approver: Approver, _ channel: ApprovalChannel
    ) async -> AuditedResponse {
        do throws(ApprovalError) {
            let audit = audit
            let ruled = try await desk.rule(verdict, on: ticket, by: approver, now: clock.now()) { request in
                guard let event = GatewayEvent(settled: request, through: channel) else { throw AuditError.closed }
                return try await audit.recordEvent(event)
            }
            switch ruled {
            case .success(let request):
                var writer = JSONWriter()
                writer.approval(request)
                return unrecorded(AdminAnswer.json(200, writer.bytes))
            case .failure(.unknownTicket): return unknown()
            case .failure(let refusal): return await refused(refusal, ticket, approver)
            }
        } catch {
            return unavailable()
        }
    }

    /// A decision somebody was not entitled to is evidence too.
    private func refused(
        _ refusal: ApprovalRefusal, _ ticket: TicketID, _ approver: Approver
    ) async -> AuditedResponse {
        let status = refusal == .selfApproval || refusal == .approverNotAllowed ? 403 : 409
        let name = await audit.name(of: DataSubject(issuer: approver.issuer, name: approver.subject))
        let facts = AuthenticationFailureFacts(
            reason: "approval_\(refusal.rawValue)", source: name ?? "not named",
            route: "/approvals/\(ticket)", method: "POST")
        return await audit.recordAuthenticationFailure(
            facts, answering: AdminAnswer.problem(status, "Not decided: \(refusal.rawValue) (\(ticket))"))
    }

    private func identify(_ inbound: InboundRequest) async -> Result<Approver, AuthenticationFailure> {
        var tokens: [String] = []
        for header in inbound.headers where header.name == "authorization" { tokens.append(header.value) }
        let result = await authenticator.authenticate(authorization: tokens, audience: [audience], now: clock.now())
        return result.flatMap { request in
            let principal = request.principal
            let person = principal.user ?? principal.agent
            // A listed person, by that person's own token: nobody approves through somebody else.
            guard principal.actors.isEmpty, people[principal.issuer]?.contains(person) == true else {
                return .failure(.noRole)
            }
            return .success(
                Approver(subject: person, issuer: principal.issuer, credential: principal.credential.digest))
        }
    }

    private func unknown() -> AuditedResponse { unrecorded(AdminAnswer.problem(404, "There is no such ticket")) }
    private func unavailable() -> AuditedResponse {
        unrecorded(AdminAnswer.problem(503, "Approvals cannot be read, or the decision could not be recorded"))
    }
    private func unrecorded(_ draft: ResponseDraft) -> AuditedResponse { audit.unrecorded(.metadata, answering: draft) }
}

extension JSONWriter {
    /// One request as an approver sees it: who asks for what, with exactly which arguments, until when.
    mutating func approval(_ request: ApprovalRequest) {
        let subject = request.subject
        beginObject()
        member("ticket", string: request.ticket.rawValue)
        member("state", string: request.state.name.rawValue)
        member("agent", string: subject.agent.rawValue)
        if let user = subject.user { member("user", string: user.rawValue) }
        member("role", string: subject.role.rawValue)
        member("upstream", string: subject.upstream.rawValue)
        member("tool", string: subject.tool.rawValue)
        member("arguments", string: subject.arguments)
        member("grant", string: subject.grant.rawValue)
        member("policy", string: subject.policyDigest.description)
        member("binding", string: request.binding.description)
        member("opened", string: request.opened.rfc3339)
        member("expires", string: request.expires.rfc3339)
        key("approvers")
        beginArray()
        for approver in request.approvers.map(\.rawValue).sorted() { string(approver) }
        endArray()
        if let ruling = request.state.ruling {
            member("decided_by", string: ruling.approver.rawValue)
            member("decided_at", string: ruling.at.rfc3339)
        }
        endObject()
    }
}
