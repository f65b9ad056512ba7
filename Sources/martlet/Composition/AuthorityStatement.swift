import MartletAudit
import MartletAuthn
import MartletConfiguration
import MartletCore
import MartletPolicy

/// Who may do what, as this start found it: grants, listed agents, issuers that name roles, hand-written policies.
///
/// Approvers and owners are people: each stands there by a pseudonym, one for each issuer that may vouch for an approver.
struct AuthorityStatement {
    let items: [AuthorityItem]

    init(
        _ configuration: GatewayConfiguration, _ compiled: CompiledGrants, in audit: AuditLog
    ) async throws(AuditError) {
        let people = Dictionary(grouping: configuration.approvals.approvers, by: \.subject)
        let bindings = configuration.grants.terms.bindings
        var grants: [AuthorityItem] = []
        for grant in compiled.grants {
            var statement = GrantStatement(grant, bindings)
            if let approvers = grant.approval?.approvers {
                let subjects = approvers.flatMap { name in
                    (people[name] ?? []).map {
                        DataSubject(issuer: configuration.name(of: $0.issuer), name: name)
                    }
                }
                statement.approvers = try await audit.texts(of: subjects)
            }
            if let owner = grant.owner {
                statement.owner = try await audit.texts(of: [DataSubject(issuer: "", name: owner)]).first
            }
            grants.append(.grant(statement))
        }
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

extension GatewayConfiguration {
    /// As tokens of this issuer name it.
    func name(of issuer: IssuerReference) -> String {
        switch issuer {
        case .builtIn: TokenMinter.issuer(of: environment)
        case .issuer(let name): name
        }
    }

    /// Whom records speak of in clear.
    var listedNames: ListedNames {
        let builtIn = authentication.builtIn.map { _ in name(of: .builtIn) }
        return ListedNames(
            agents: Set(agents.map { DataSubject(issuer: name(of: $0.issuer), name: $0.subject) }),
            issuers: [builtIn].compactMap { $0 } + authentication.issuers.map(\.issuer))
    }
}
