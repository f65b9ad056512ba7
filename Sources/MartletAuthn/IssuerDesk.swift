import JWTKit
import MartletCore
import MartletJSON

/// One trusted issuer with its keys: verifies tokens that name it and says whom they stand for.
struct IssuerDesk: Sendable {
    let trusted: TrustedIssuer
    let ring: KeyRing

    /// The token's claims, and the epoch of the keys that its signature was verified with.
    func verify(
        _ token: CompactToken, now: UnixTime
    ) async throws(AuthenticationFailure) -> (claims: TokenClaims, keyEpoch: UInt64) {
        guard trusted.algorithms.contains(token.header.algorithm) else { throw .algorithmRefused }
        let (verifier, epoch) = try await verifier(for: token.header, now: now)
        try Self.checkSignature(token, with: verifier)
        let claims = try TokenClaims(token.payload)
        let rules = AccessTokenRules(
            maximumLifetime: trusted.limits.maximumLifetime, leeway: trusted.limits.leeway)
        try rules.check(claims, type: token.header.type, now: now)
        return (claims, epoch)
    }

    /// The key that `kid` names, after one more look at the source when it names none that we know.
    private func verifier(
        for header: TokenHeader, now: UnixTime
    ) async throws(AuthenticationFailure) -> (any JWTAlgorithm, UInt64) {
        var known = ring.snapshot(now: now)
        if !(known?.keys.contains(keyID: header.keyID) ?? false) {
            _ = await ring.refresh(now: now)
            known = ring.snapshot(now: now)
        }
        guard let known else { throw .keysUnavailable }
        let name = KeySet.Name(keyID: header.keyID, algorithm: header.algorithm)
        guard let verifier = known.keys.verifier(name) else { throw .unknownKey }
        return (verifier, known.epoch)
    }

    private static func checkSignature(
        _ token: CompactToken, with verifier: any JWTAlgorithm
    ) throws(AuthenticationFailure) {
        do {
            guard try verifier.verify(token.signature, signs: token.signed) else {
                throw AuthenticationFailure.badSignature
            }
        } catch {
            throw .badSignature
        }
    }

    /// The configured role of the agent, else the one in the issuer's role claim.
    ///
    /// A claim with several roles names none: which of them the agent acts in is not ours to choose.
    func role(of claims: TokenClaims) -> RoleName? {
        if let configured = trusted.agents[claims.agent] { return configured }
        guard let roleClaim = trusted.roleClaim, let value = claims.payload[roleClaim] else { return nil }
        if let text = value.string { return RoleName(text) }
        guard value.kind == .array, value.count == 1, let text = value[0]?.string else { return nil }
        return RoleName(text)
    }
}
