package import MartletCore

/// Whose tokens the gateway accepts. Keys under `authentication`; at least one of both must be there.
package struct AuthenticationSettings: Sendable {
    /// `built_in`: the gateway's own minter for pilots; nil when it is off.
    package let builtIn: BuiltInIssuerSettings?
    package let issuers: [IssuerSettings]
}

/// The built-in minter. Keys under `authentication.built_in`.
package struct BuiltInIssuerSettings: Hashable, Sendable {
    /// `default_ttl`: 1m to `maximum_ttl`. Default 15m: a pilot's token outlives a demonstration, not a day.
    package let defaultTTL: Seconds
    /// `maximum_ttl`: 1m to 24h. Default 12h.
    package let maximumTTL: Seconds
}

/// One trusted issuer. Keys of an element of `authentication.issuers`.
package struct IssuerSettings: Sendable {
    /// `issuer`: compared byte for byte with the claim `iss`.
    package let issuer: String
    package let keys: KeySource
    /// `algorithms`: of ES256, EdDSA, RS256; at least one, nothing by default.
    package let algorithms: [String]
    /// `audience`: replaces the route's own URL; exact. Default none.
    package let audience: String?
    /// `role_claim`: the claim that names the role; without it only listed agents have one.
    package let roleClaim: String?
    /// `refresh`: how old keys may be before they are fetched again, 30s to 24h. Default 5m.
    package let refresh: Seconds
    /// `maximum_staleness`: how long the last keys are used when fetching fails, `refresh` to 7d. Default 1h.
    package let maximumStaleness: Seconds
    /// `maximum_lifetime`: longest life of a token, 1m to 7d. Default 24h.
    package let maximumLifetime: Seconds

    /// `jwks_file` or `jwks_url`.
    package enum KeySource: Hashable, Sendable {
        case file(String)
        /// HTTPS, or plain HTTP on loopback.
        case url(HTTPURL)
    }
}

/// Who issued a principal's tokens.
package enum IssuerReference: Hashable, Sendable, CustomStringConvertible {
    case builtIn
    case issuer(String)

    package var description: String {
        switch self {
        case .builtIn: "built_in"
        case .issuer(let name): name
        }
    }
}

/// One agent and the role it acts in. Keys of an element of `agents`.
package struct AgentSettings: Hashable, Sendable {
    /// `id`: how the operator calls it.
    package let id: SubjectID
    package let role: RoleName
    package let issuer: IssuerReference
    /// `subject`: how its issuer calls it. Default `id`.
    package let subject: SubjectID
}
