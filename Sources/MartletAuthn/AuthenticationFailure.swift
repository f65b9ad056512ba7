/// Why a request has no principal. The raw value stands in records and is never renamed; the caller does not see it.
///
/// From `badSignature` on, the reason is about a token that an issuer of ours really signed; the reasons before it are
/// about bytes that anybody may have written.
package enum AuthenticationFailure: String, Error, Hashable, Sendable, CaseIterable {
    /// No `Authorization` header.
    case missingToken = "missing_token"
    /// Another scheme than `Bearer`.
    case unsupportedScheme = "unsupported_scheme"
    /// More than one `Authorization` header.
    case ambiguousCredential = "ambiguous_credential"
    /// Longer than 8 KiB.
    case tokenTooLarge = "token_too_large"
    /// No compact JWS of strict base64url parts, strict JSON objects and well-typed claims.
    case malformedToken = "malformed_token"
    /// A header parameter that changes how the token is to be verified: `crit`, `jku`, `x5u`, `jwk`, `x5c`, `b64`, `zip`.
    case headerRefused = "header_refused"
    /// `none`, an HMAC, an unknown algorithm, or one that this issuer may not use.
    case algorithmRefused = "algorithm_refused"
    /// `iss` is missing or names no configured issuer.
    case wrongIssuer = "wrong_issuer"
    /// The issuer's keys were never fetched, or are older than its maximum staleness. Not the caller's fault.
    case keysUnavailable = "keys_unavailable"
    /// `kid` is missing, or names no key of this issuer that fits `alg`.
    case unknownKey = "unknown_key"
    case badSignature = "bad_signature"
    /// An ID token, refresh token or other JWT that is no access token.
    case wrongTokenType = "wrong_token_type"
    case expired = "expired"
    /// `nbf` or `iat` lies in the future.
    case notYetValid = "not_yet_valid"
    /// Valid for longer than this issuer's maximum lifetime.
    case lifetimeTooLong = "lifetime_too_long"
    case wrongAudience = "wrong_audience"
    /// The token is bound to a key (`cnf`) and this release cannot check the possession of it.
    case bindingUnsupported = "binding_unsupported"
    /// The token, its `jti` or one of its subjects was revoked.
    case revoked = "revoked"
    /// An authentic caller that the configuration and the issuer give no role.
    case noRole = "no_role"

    /// 401, except where another token would not help: 403 without a role, 503 without keys.
    package var httpStatus: Int {
        switch self {
        case .keysUnavailable: 503
        case .noRole: 403
        case .missingToken, .unsupportedScheme, .ambiguousCredential, .tokenTooLarge, .malformedToken, .headerRefused,
            .algorithmRefused, .wrongIssuer, .unknownKey, .badSignature, .wrongTokenType, .expired, .notYetValid,
            .lifetimeTooLong, .wrongAudience, .bindingUnsupported, .revoked:
            401
        }
    }
}

extension AuthenticationFailure {
    /// The value of `WWW-Authenticate`.
    ///
    /// All refused tokens get the same `invalid_token`: which check failed is in the record, not in the answer. A
    /// request without a token gets no error code. Source: RFC 6750, section 3 and 3.1; RFC 9728, section 5.1.
    package func wwwAuthenticate(metadataURL: String, scope: String? = nil) -> String {
        var parameters: [String] = []
        if let errorCode { parameters.append("error=\"\(errorCode)\"") }
        parameters.append("resource_metadata=\"\(Self.quotable(metadataURL))\"")
        if let scope { parameters.append("scope=\"\(Self.quotable(scope))\"") }
        return "Bearer " + parameters.joined(separator: ", ")
    }

    private var errorCode: String? {
        switch self {
        case .missingToken, .unsupportedScheme, .keysUnavailable, .noRole: nil
        case .ambiguousCredential: "invalid_request"
        case .tokenTooLarge, .malformedToken, .headerRefused, .algorithmRefused, .wrongIssuer, .unknownKey,
            .badSignature, .wrongTokenType, .expired, .notYetValid, .lifetimeTooLong, .wrongAudience,
            .bindingUnsupported, .revoked:
            "invalid_token"
        }
    }

    /// Keeps what may stand inside a quoted-string without escaping; configured values never need more.
    private static func quotable(_ text: String) -> String {
        String(decoding: text.utf8.filter { (0x20...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }, as: UTF8.self)
    }
}
