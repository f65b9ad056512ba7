import MartletAudit
import MartletConfiguration
import MartletCore
import MartletPolicy

/// Who may do what, as this start found it: grants, listed agents, issuers that name roles, hand-written policies.
struct AuthorityStatement {
    let items: [AuthorityItem]

    init(_ configuration: GatewayConfiguration, _ compiled: CompiledGrants) {
        let bindings = configuration.grants.terms.bindings
        let grants = compiled.grants.map { AuthorityItem.grant(GrantStatement($0, bindings)) }
        let agents = configuration.agents.map {
            AuthorityItem.agent(id: $0.subject.rawValue, role: $0.role.rawValue, issuer: "\($0.issuer)")
        }
        let issuers = configuration.authentication.issuers.compactMap { issuer in
            issuer.roleClaim.map { AuthorityItem.issuer(issuer.issuer, roleClaim: $0) }
        }
        items = grants + agents + issuers + configuration.policies.policies.map { .policy($0.id.rawValue) }
    }
}

extension GrantStatement {
    init(_ grant: Grant, _ bindings: ToolBindings) {
        self.init(
            id: grant.id.rawValue, role: grant.target.role.rawValue, upstream: grant.target.upstream.rawValue,
            subject: Self.words(grant.target.subject), expires: grant.expires)
        scope = grant.constraints.map(\.source)
        approvers = grant.approval.map { $0.approvers.map(\.rawValue).sorted() }
        owner = grant.owner?.rawValue
        guard case .tool(let tool) = grant.target.subject else { return }
        amount = bindings.path(of: "amount", upstream: grant.target.upstream, tool: tool)?.description
        currency = bindings.path(of: "currency", upstream: grant.target.upstream, tool: tool)?.description
    }

    /// As records name what a call is about.
    private static func words(_ subject: GrantSubject) -> String {
        switch subject {
        case .tool: subject.text
        case .prompt: "prompt " + subject.text
        case .resource: "resource " + subject.text
        case .resources: "resources below " + subject.text
        }
    }
}
