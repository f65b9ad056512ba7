package import MartletCore

/// One issuer whose access tokens are accepted, and within which limits.
package struct TrustedIssuer: Sendable {
    /// Compared byte for byte with `iss`.
    package let issuer: String
    /// The only algorithms a token of this issuer may use.
    package let algorithms: Set<SignatureAlgorithm>
    package let keys: any JWKSSource
    /// The roles of the agents the configuration names, by `Principal.agent`. They win over `roleClaim`.
    package let agents: [SubjectID: RoleName]
    /// The claim that names the role of an agent that is not in `agents`; nil: those have none.
    package let roleClaim: String?
    /// Replaces a route's own audience for tokens of this issuer, where the route lists it; nil: the route's own.
    package let audience: String?
    package let limits: IssuerLimits

    package init(
        issuer: String, algorithms: Set<SignatureAlgorithm>, keys: any JWKSSource,
        agents: [SubjectID: RoleName] = [:], roleClaim: String? = nil, audience: String? = nil,
        limits: IssuerLimits = IssuerLimits()
    ) {
        self.issuer = issuer
        self.algorithms = algorithms
        self.keys = keys
        self.agents = agents
        self.roleClaim = roleClaim
        self.audience = audience
        self.limits = limits
    }
}

/// How long an issuer's keys and tokens are good.
package struct IssuerLimits: Hashable, Sendable {
    /// Age at which the keys are fetched again in the background. Default 5 minutes.
    package let refresh: Seconds
    /// Age from which the keys are not used any more. Default 1 hour, never below `refresh`.
    package let maximumStaleness: Seconds
    /// Longest time from `iat` to `exp`. Default 24 hours.
    package let maximumLifetime: Seconds
    /// How far clocks may differ, 0 to 30 seconds. Default 30.
    package let leeway: Seconds

    package init(
        refresh: Seconds = Seconds(300), maximumStaleness: Seconds = Seconds(3600),
        maximumLifetime: Seconds = .days(1), leeway: Seconds = Seconds(30)
    ) {
        self.refresh = refresh
        self.maximumStaleness = max(refresh, maximumStaleness)
        self.maximumLifetime = maximumLifetime
        self.leeway = min(leeway, Seconds(30))
    }
}
