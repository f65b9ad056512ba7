package import MartletAuthn
package import MartletCore
import MartletJSON

/// A test's own identity provider: real Ed25519 tokens for configured agents, good ones and flawed ones.
package struct TokenIssuer: Sendable {
    /// What can be wrong with a token; each is refused with its `reason`.
    package enum Flaw: String, CaseIterable, Sendable {
        case expired
        case wrongAudience
        case wrongIssuer
        case algorithmNone
        case forged

        package var reason: AuthenticationFailure {
            switch self {
            case .expired: .expired
            case .wrongAudience: .wrongAudience
            case .wrongIssuer: .wrongIssuer
            case .algorithmNone: .algorithmRefused
            case .forged: .badSignature
            }
        }
    }

    package let minter: TokenMinter
    private let stranger: TokenMinter
    private let agents: [SubjectID: RoleName]

    /// `agents` are the agents with a role in the environment `test`. The keys are always the same.
    package init(agents: [SubjectID: RoleName]) throws(MinterError) {
        guard let here = EnvironmentName("test"), let elsewhere = EnvironmentName("elsewhere") else {
            throw .unusableKey
        }
        let seed = Secret(bytes: SeededRandom(seed: 1).bytes(32))
        minter = try TokenMinter(seed: seed, environment: here, random: SeededRandom(seed: 2))
        stranger = try TokenMinter(seed: seed, environment: elsewhere, random: SeededRandom(seed: 3))
        self.agents = agents
    }

    /// An authenticator that trusts this issuer alone.
    package func authenticator() throws(AuthenticatorError) -> Authenticator {
        try Authenticator(issuers: [minter.trustedIssuer(agents: agents)])
    }

    /// A good token for `agent` on the route with this audience.
    package func token(
        agent: SubjectID, user: SubjectID? = nil, audience: String, ttl: Seconds = Seconds(900), now: UnixTime
    ) throws(MinterError) -> String {
        try minter.issue(agent: agent, user: user, role: agents[agent], audience: audience, ttl: ttl, now: now)
    }

    /// A token like `token` gives, with one flaw.
    package func token(
        agent: SubjectID, audience: String, now: UnixTime, flaw: Flaw
    ) throws(MinterError) -> String {
        let good = try token(agent: agent, audience: audience, now: now)
        switch flaw {
        case .expired:
            let past = UnixTime(seconds: now.seconds - 3600)
            return try token(agent: agent, audience: audience, now: past)
        case .wrongAudience: return try token(agent: agent, audience: audience + "-other", now: now)
        case .wrongIssuer:
            return try stranger.issue(
                agent: agent, role: agents[agent], audience: audience, ttl: Seconds(900), now: now)
        case .algorithmNone: return Self.unsigned(good)
        case .forged: return Self.forged(good, keeping: try token(agent: agent, audience: audience + "x", now: now))
        }
    }

    /// The claims of `good` under `alg` `none`.
    private static func unsigned(_ good: String) -> String {
        let header = Base64URL.encode(Array(#"{"alg":"none","typ":"at+jwt"}"#.utf8))
        return header + "." + good.split(separator: ".").dropFirst().prefix(1).joined() + "."
    }

    /// The claims of `good` under the signature of another token.
    private static func forged(_ good: String, keeping other: String) -> String {
        let signature = other.split(separator: ".").suffix(1).joined()
        return good.split(separator: ".").prefix(2).joined(separator: ".") + "." + signature
    }
}
