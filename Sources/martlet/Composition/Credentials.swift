import MartletAuthn
import MartletConfiguration
import MartletCore

/// Builds who is believed: the minter, and one authenticator each for agents and for approvers.
struct Credentials {
    let minter: TokenMinter?
    let agents: Authenticator
    let approvers: Authenticator
    /// The agents of the built-in issuer, which tokens can be minted for.
    let mintable: [SubjectID: RoleName]
    let mintableApprovers: Set<SubjectID>
    /// Who may approve, by the issuer of their tokens.
    let approverPeople: [String: Set<SubjectID>]

    /// Each with the callers whose tokens it checks.
    var authenticators: [(Authenticator, callers: String)] { [(agents, "agents"), (approvers, "approvers")] }

    static func adminAudience(of environment: EnvironmentName) -> String { "urn:martlet:\(environment):admin" }

    init(
        _ configuration: GatewayConfiguration, keys: StateKeys, upstreams: Upstreams
    ) throws(StartFailure) {
        minter = try Self.minter(configuration, keys)
        let agentsByIssuer = Dictionary(grouping: configuration.agents, by: \.issuer).mapValues { group in
            Dictionary(group.map { ($0.subject, $0.role) }, uniquingKeysWith: { first, _ in first })
        }
        mintable = agentsByIssuer[.builtIn] ?? [:]
        guard let approver = RoleName("approver") else { throw StartFailure("the role of approvers has no valid name") }
        let approversByIssuer = Dictionary(grouping: configuration.approvals.approvers, by: \.issuer).mapValues {
            group in
            Dictionary(group.map { ($0.subject, approver) }, uniquingKeysWith: { first, _ in first })
        }
        mintableApprovers = Set((approversByIssuer[.builtIn] ?? [:]).keys)
        let minterName = minter?.issuer
        approverPeople = Dictionary(
            approversByIssuer.compactMap { reference, people in
                switch reference {
                case .builtIn: minterName.map { ($0, Set(people.keys)) }
                case .issuer(let name): (name, Set(people.keys))
                }
            }, uniquingKeysWith: { first, second in first.union(second) })
        agents = try Self.authenticator(configuration, minter, agentsByIssuer, upstreams, admin: nil)
        approvers = try Self.authenticator(
            configuration, minter, approversByIssuer, upstreams,
            admin: Self.adminAudience(of: configuration.environment))
    }

    private static func minter(
        _ configuration: GatewayConfiguration, _ keys: StateKeys
    ) throws(StartFailure) -> TokenMinter? {
        guard let settings = configuration.authentication.builtIn else { return nil }
        let seed = try keys.minterSeed()
        do {
            return try TokenMinter(
                seed: seed, environment: configuration.environment, maximumTTL: settings.maximumTTL)
        } catch {
            throw StartFailure("\(keys.state.minterKey): \(error)")
        }
    }

    private static func authenticator(
        _ configuration: GatewayConfiguration, _ minter: TokenMinter?,
        _ subjects: [IssuerReference: [SubjectID: RoleName]], _ upstreams: Upstreams, admin: String?
    ) throws(StartFailure) -> Authenticator {
        var issuers: [TrustedIssuer] = []
        if let minter { issuers.append(minter.trustedIssuer(agents: subjects[.builtIn] ?? [:])) }
        for settings in configuration.authentication.issuers {
            let named = subjects[.issuer(settings.issuer)] ?? [:]
            issuers.append(
                TrustedIssuer(
                    issuer: settings.issuer,
                    algorithms: Set(settings.algorithms.compactMap { SignatureAlgorithm(rawValue: $0) }),
                    keys: try upstreams.keys(settings.keys), agents: named,
                    // On the admin side no token names its own role: only listed people approve.
                    roleClaim: admin == nil ? settings.roleClaim : nil,
                    audience: admin == nil ? settings.audience : nil,
                    limits: IssuerLimits(
                        refresh: settings.refresh, maximumStaleness: settings.maximumStaleness,
                        maximumLifetime: settings.maximumLifetime)))
        }
        do {
            return try Authenticator(issuers: issuers)
        } catch {
            throw StartFailure("authentication: \(error)")
        }
    }
}
