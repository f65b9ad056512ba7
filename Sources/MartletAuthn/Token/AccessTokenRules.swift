import MartletCore
import MartletJSON

/// The rules that tell an access token for us, valid now, from every other JWT the same issuer signed.
struct AccessTokenRules: Sendable {
    let maximumLifetime: Seconds
    let leeway: Seconds

    func check(_ claims: TokenClaims, type: String?, now: UnixTime) throws(AuthenticationFailure) {
        try Self.checkType(type, claims.payload)
        try checkTimes(claims, now: now)
        // A token bound to a key is worth nothing without the proof of possession, and we cannot check one yet.
        guard claims.payload.member("cnf") == nil else { throw .bindingUnsupported }
    }

    private func checkTimes(_ claims: TokenClaims, now: UnixTime) throws(AuthenticationFailure) {
        guard now < claims.expires.advanced(by: leeway) else { throw .expired }
        let latest = now.advanced(by: leeway)
        for start in [claims.notBefore, claims.issuedAt].compactMap(\.self) where start > latest {
            throw .notYetValid
        }
        // Without `iat` the remaining lifetime is all we know; it must fit as well.
        let start = min(claims.issuedAt ?? now, now)
        guard claims.expires.seconds(since: start) <= maximumLifetime.count else { throw .lifetimeTooLong }
    }

    /// Source: RFC 9068, section 2.1 (`typ`), section 4 and 5; RFC 8725, section 3.11; OpenID Connect Core, section 2.
    private static func checkType(_ type: String?, _ payload: JSONValue) throws(AuthenticationFailure) {
        switch type {
        case "at+jwt": return
        case nil, "jwt": break
        default: throw .wrongTokenType
        }
        // Marks of ID tokens, logout tokens and security event tokens, which no access token carries.
        for mark in ["at_hash", "c_hash", "s_hash", "events"] where payload[mark] != nil { throw .wrongTokenType }
        let isForAPI = ["scope", "scp", "client_id"].contains { payload[$0] != nil }
        guard payload.member("nonce") == nil || isForAPI else { throw .wrongTokenType }
        // Cognito and Keycloak name the kind of token in the payload.
        if let use = payload.member("token_use"), use.string != "access" { throw .wrongTokenType }
        if let kind = payload.member("typ"), kind.string != "Bearer" { throw .wrongTokenType }
    }
}
