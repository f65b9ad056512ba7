import Crypto
package import MartletCore
import MartletJSON

/// Issues short-lived access tokens for pilots, demos and approvers. Not an authorization server: it has no endpoint.
///
/// Its name contains the environment, so that a token of one environment is nobody's token in another.
package struct TokenMinter: Sendable {
    /// `urn:martlet:<environment>`.
    package let issuer: String
    /// `kid`: the RFC 7638 thumbprint of the public key.
    package let keyID: String
    package let maximumTTL: Seconds
    private let key: Curve25519.Signing.PrivateKey
    private let random: any RandomSource

    /// Makes a minter from the 32-byte seed of an Ed25519 key.
    package init(
        seed: Secret, environment: EnvironmentName, maximumTTL: Seconds = Seconds(12 * 3600),
        random: any RandomSource = SystemRandomSource()
    ) throws(MinterError) {
        do {
            key = try Curve25519.Signing.PrivateKey(rawRepresentation: seed.reveal())
        } catch {
            throw .unusableKey
        }
        issuer = Self.issuer(of: environment)
        keyID = Self.thumbprint(Array(key.publicKey.rawRepresentation))
        self.maximumTTL = maximumTTL
        self.random = random
    }

    package static func issuer(of environment: EnvironmentName) -> String { "urn:martlet:\(environment)" }

    /// The key set that verifies this minter's tokens.
    package var jwks: [UInt8] {
        let x = Base64URL.encode(Array(key.publicKey.rawRepresentation))
        let head = #"{"keys":[{"alg":"EdDSA","crv":"Ed25519","kid":""# + keyID
        return Array((head + #"","kty":"OKP","use":"sig","x":""# + x + #""}]}"#).utf8)
    }

    /// This minter as an issuer to trust. Roles come from the configuration alone: an agent that was taken out of it
    /// has none, whatever its last token says.
    package func trustedIssuer(agents: [SubjectID: RoleName]) -> TrustedIssuer {
        TrustedIssuer(
            issuer: issuer, algorithms: [.edDSA], keys: MemoryJWKSSource(jwks), agents: agents,
            limits: IssuerLimits(maximumLifetime: maximumTTL))
    }

    /// Issues one token and returns its text. See `mint`.
    package func issue(
        agent: SubjectID, user: SubjectID? = nil, role: RoleName?, audience: String, ttl: Seconds, now: UnixTime
    ) throws(MinterError) -> String {
        try mint(agent: agent, user: user, role: role, audience: audience, ttl: ttl, now: now).text
    }

    /// Issues one token: EdDSA, `typ` `at+jwt`, a random `jti`, valid from `now` for `ttl`.
    package func mint(
        agent: SubjectID, user: SubjectID? = nil, role: RoleName?, audience: String, ttl: Seconds, now: UnixTime
    ) throws(MinterError) -> MintedToken {
        guard ttl.count > 0, ttl <= maximumTTL else { throw .lifetimeRefused(maximum: maximumTTL) }
        let tokenID = Hex.encode(random.bytes(16))
        let expires = UnixTime(seconds: now.seconds).advanced(by: ttl)
        var claims = JSONWriter()
        claims.beginObject()
        claims.member("iss", string: issuer)
        claims.member("sub", string: (user ?? agent).rawValue)
        claims.member("client_id", string: agent.rawValue)
        claims.member("aud", string: audience)
        claims.member("iat", int: now.seconds)
        claims.member("nbf", int: now.seconds)
        claims.member("exp", int: expires.seconds)
        claims.member("jti", string: tokenID)
        if let role { claims.member("martlet_role", string: role.rawValue) }
        claims.endObject()
        return MintedToken(text: try sign(claims.bytes), tokenID: tokenID, expires: expires)
    }

    private func sign(_ claims: [UInt8]) throws(MinterError) -> String {
        let header = #"{"alg":"EdDSA","kid":""# + keyID + #"","typ":"at+jwt"}"#
        let signed = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(claims)
        do {
            return signed + "." + Base64URL.encode(Array(try key.signature(for: Array(signed.utf8))))
        } catch {
            throw .unusableKey
        }
    }

    /// Source: RFC 7638, section 3; RFC 8037, appendix A.3.
    private static func thumbprint(_ publicKey: [UInt8]) -> String {
        let canonical = #"{"crv":"Ed25519","kty":"OKP","x":""# + Base64URL.encode(publicKey) + #""}"#
        return Base64URL.encode(MartletCore.Digest(of: Array(canonical.utf8)).bytes)
    }
}

/// A token that was just issued. Prints without its text.
package struct MintedToken: Sendable, CustomStringConvertible {
    package let text: String
    package let tokenID: String
    package let expires: UnixTime

    /// The digest under which the token may stand in a record.
    package var digest: MartletCore.Digest { MartletCore.Digest(of: Array(text.utf8)) }
    package var description: String { "token \(tokenID)" }
}

/// Why the minter cannot work.
package enum MinterError: Error, Hashable, Sendable {
    /// The seed is no key.
    case unusableKey
    /// The lifetime asked for is zero or above the configured maximum.
    case lifetimeRefused(maximum: Seconds)
}

extension MinterError: CustomStringConvertible {
    /// One sentence with what to do.
    package var description: String {
        switch self {
        case .unusableKey: "the key of the built-in minter cannot be used; put back the right file"
        case .lifetimeRefused(let maximum):
            "a lifetime is more than zero and at most \(maximum.text); for longer ones raise "
                + "authentication.built_in.maximum_ttl"
        }
    }
}
