import MartletAuthn
import MartletCore

/// An authenticator for one issuer, and the short way to ask it.
struct Gate: Sendable {
    let keys: PublishedKeys
    let authenticator: Authenticator

    init(
        keys: [UInt8] = keySet(.ec, .ed), algorithms: Set<SignatureAlgorithm> = [.es256, .edDSA, .rs256],
        agents: [SubjectID: RoleName] = [:], roleClaim: String? = "agent_role", audience: String? = nil,
        limits: IssuerLimits = IssuerLimits(), cachedTokens: Int = 65_536, deadline: Duration = .seconds(60)
    ) throws {
        self.keys = PublishedKeys(keys)
        let issuer = TrustedIssuer(
            issuer: "https://issuer.test", algorithms: algorithms, keys: self.keys, agents: agents,
            roleClaim: roleClaim, audience: audience, limits: limits)
        authenticator = try Authenticator(issuers: [issuer], cachedTokens: cachedTokens, fetchDeadline: deadline)
    }

    func ask(
        _ token: String, audience: Set<String> = [Route.erp], now: UnixTime = .start
    ) async -> Result<AuthenticatedRequest, AuthenticationFailure> {
        await authenticator.authenticate(authorization: ["Bearer " + token], audience: audience, now: now)
    }

    func refusal(
        _ token: String, audience: Set<String> = [Route.erp], now: UnixTime = .start
    ) async -> AuthenticationFailure? {
        await ask(token, audience: audience, now: now).failure
    }

    func isCached(_ token: String, audience: Set<String> = [Route.erp], now: UnixTime = .start) -> Bool {
        authenticator.authenticateFromCache(authorization: ["Bearer " + token], audience: audience, now: now) != nil
    }
}

extension Result {
    var failure: Failure? {
        switch self {
        case .success: nil
        case .failure(let failure): failure
        }
    }
    var value: Success? {
        switch self {
        case .success(let value): value
        case .failure: nil
        }
    }
}
