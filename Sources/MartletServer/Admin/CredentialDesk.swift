package import MartletAudit
package import MartletAuthn
package import MartletCore
package import MartletGateway
import MartletJSON

/// Issues pilot tokens and revokes credentials; each act is recorded before it counts.
package struct CredentialDesk: Sendable {
    /// Keeps a revocation so that it holds after a restart.
    package typealias Keep = @Sendable (Revocation, _ reason: String) async throws -> Void

    private let minter: TokenMinter?
    private let agents: [SubjectID: RoleName]
    private let approvers: Set<SubjectID>
    private let audiences: RouteAudiences
    private let adminAudience: String
    private let defaultTTL: Seconds
    private let authenticators: [Authenticator]
    private let audit: AuditLog
    private let clock: any GatewayClock
    private let keep: Keep

    package init(
        minter: TokenMinter?, agents: [SubjectID: RoleName], approvers: Set<SubjectID>,
        audiences: RouteAudiences, adminAudience: String, defaultTTL: Seconds, authenticators: [Authenticator],
        audit: AuditLog, clock: any GatewayClock, keep: @escaping Keep
    ) {
        self.minter = minter
        self.agents = agents
        self.approvers = approvers
        self.audiences = audiences
        self.adminAudience = adminAudience
        self.defaultTTL = defaultTTL
        self.authenticators = authenticators
        self.audit = audit
        self.clock = clock
        self.keep = keep
    }

    /// `{"agent": "…", "upstream": "…", "ttl": 900}`, with `"route": "/mcp"` in place of the upstream for all of them, or
    /// `{"approver": "…", "ttl": 900}`.
    func issue(_ inbound: InboundRequest) async -> AuditedResponse {
        guard let minter else { return problem(409, "The built-in minter is off: authentication.built_in is absent") }
        do throws(Refusal) {
            let request = try body(inbound)
            let (subject, role, audience) = try subject(of: request)
            let ttl = request.member("ttl")?.integer.map { Seconds($0) } ?? defaultTTL
            let token: MintedToken
            do {
                token = try minter.mint(
                    agent: subject, user: nil, role: role, audience: audience, ttl: ttl, now: clock.now())
            } catch {
                throw Refusal(status: 400, text: "Not issued: \(error)")
            }
            return await record(token, subject, audience)
        } catch {
            return problem(error.status, error.text)
        }
    }

    /// `{"subject" | "token_id" | "digest": "…", "reason": "…"}`.
    func revoke(_ inbound: InboundRequest) async -> AuditedResponse {
        do throws(Refusal) {
            let request = try body(inbound)
            guard let reason = request.member("reason")?.string, !reason.isEmpty else {
                throw Refusal(status: 400, text: "A revocation needs a reason")
            }
            let (revocation, event) = try revocation(in: request)
            // In force first: whatever fails afterwards, the credential is refused from now on.
            for authenticator in authenticators { authenticator.revoke(revocation) }
            do {
                try await keep(revocation, reason)
                return try await audit.record(
                    .credentialRevoked(event, reason: reason),
                    answering: AdminAnswer.json(200, Array(#"{"revoked":true}"#.utf8)))
            } catch {
                throw Refusal(
                    status: 503, text: "Revoked until restart; it could not be kept or recorded. Try again.")
            }
        } catch {
            return problem(error.status, error.text)
        }
    }

    private struct Refusal: Error {
        let status: Int
        let text: String
    }

    private func body(_ inbound: InboundRequest) throws(Refusal) -> JSONValue {
        do {
            return try JSONValue.parse(inbound.body)
        } catch {
            throw Refusal(status: 400, text: "The body is not acceptable JSON: \(error.reason)")
        }
    }

    private func subject(of request: JSONValue) throws(Refusal) -> (SubjectID, RoleName?, String) {
        if let name = request.member("approver")?.string {
            guard let subject = SubjectID(name), approvers.contains(subject) else {
                throw Refusal(status: 404, text: "No approver \"\(name)\" in approvals.approvers")
            }
            return (subject, nil, adminAudience)
        }
        guard let name = request.member("agent")?.string, let subject = SubjectID(name), let role = agents[subject]
        else { throw Refusal(status: 404, text: "No such agent with issuer built_in in agents") }
        return (subject, role, try audience(of: request))
    }

    /// Of the route that is named, or of the only upstream's.
    private func audience(of request: JSONValue) throws(Refusal) -> String {
        if let route = request.member("route")?.string {
            guard let audience = audiences[Route(path: route)] else {
                throw Refusal(status: 404, text: "No such route; write --route /mcp, or /mcp/ and one of upstreams")
            }
            return audience
        }
        if let upstream = request.member("upstream")?.string {
            guard let audience = UpstreamID(upstream).flatMap({ audiences.upstreams[$0] }) else {
                throw Refusal(status: 404, text: "No such upstream; name one of upstreams with --upstream")
            }
            return audience
        }
        guard audiences.upstreams.count == 1, let only = audiences.upstreams.values.first else {
            throw Refusal(status: 404, text: "Name one of upstreams with --upstream, or all of them with --route /mcp")
        }
        return only
    }

    private func revocation(in request: JSONValue) throws(Refusal) -> (Revocation, CredentialEvent) {
        if let subject = request.member("subject")?.string.flatMap({ SubjectID($0) }) {
            return (.subject(subject), CredentialEvent(subject: subject))
        }
        if let token = request.member("token_id")?.string, !token.isEmpty {
            return (.tokenID(token), CredentialEvent(subject: nil, tokenID: token))
        }
        if let digest = request.member("digest")?.string.flatMap({ Digest($0) }) {
            return (.digest(digest), CredentialEvent(subject: nil, digest: digest))
        }
        throw Refusal(status: 400, text: "Name a subject, a token_id or a digest (sha256:…)")
    }

    private func record(_ token: MintedToken, _ subject: SubjectID, _ audience: String) async -> AuditedResponse {
        let event = CredentialEvent(
            subject: subject, issuer: minter?.issuer, tokenID: token.tokenID, digest: token.digest, audience: audience,
            expires: token.expires)
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("token", string: token.text)
        writer.member("token_id", string: token.tokenID)
        writer.member("audience", string: audience)
        writer.member("expires", string: token.expires.rfc3339)
        writer.endObject()
        do throws(AuditError) {
            return try await audit.record(.credentialIssued(event), answering: AdminAnswer.json(200, writer.bytes))
        } catch {
            return problem(503, "The audit log cannot record the token, so it is not issued")
        }
    }

    private func problem(_ status: Int, _ text: String) -> AuditedResponse {
        audit.unrecorded(.metadata, answering: AdminAnswer.problem(status, text))
    }
}
