import MartletAuthn
import MartletCore
import MartletJSON
import Testing

/// One way to make a good token bad, and the reason it is then refused with.
struct Refusal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let reason: AuthenticationFailure
    let spoil: @Sendable (inout TokenDraft) -> Void

    init(_ name: String, _ reason: AuthenticationFailure, _ spoil: @escaping @Sendable (inout TokenDraft) -> Void) {
        testDescription = name
        self.reason = reason
        self.spoil = spoil
    }

    static let all = header + types + times + claims

    static let header: [Refusal] = [
        Refusal("alg none", .algorithmRefused) { $0.header["alg"] = #""none""# },
        Refusal("alg None", .algorithmRefused) { $0.header["alg"] = #""None""# },
        Refusal("alg HS256", .algorithmRefused) { $0.header["alg"] = #""HS256""# },
        Refusal("alg es256", .algorithmRefused) { $0.header["alg"] = #""es256""# },
        Refusal("alg ES384", .algorithmRefused) { $0.header["alg"] = #""ES384""# },
        Refusal("alg missing", .malformedToken) { $0.header["alg"] = nil },
        Refusal("alg twice", .malformedToken) { $0.extraHeader = #""alg":"none","# },
        Refusal("alg twice by escape", .malformedToken) { $0.extraHeader = #""\u0061lg":"none","# },
        Refusal("crit", .headerRefused) { $0.header["crit"] = #"["exp"]"# },
        Refusal("jku", .headerRefused) { $0.header["jku"] = #""https://evil.test/jwks""# },
        Refusal("x5u", .headerRefused) { $0.header["x5u"] = #""https://evil.test/cert""# },
        Refusal("jwk", .headerRefused) { $0.header["jwk"] = "{}" },
        Refusal("x5c", .headerRefused) { $0.header["x5c"] = "[]" },
        Refusal("b64", .headerRefused) { $0.header["b64"] = "false" },
        Refusal("zip", .headerRefused) { $0.header["zip"] = #""DEF""# },
        Refusal("kid missing", .unknownKey) { $0.header["kid"] = nil },
        Refusal("kid empty", .unknownKey) { $0.header["kid"] = #""""# },
        Refusal("kid a number", .unknownKey) { $0.header["kid"] = "1" },
        Refusal("kid unknown", .unknownKey) { $0.header["kid"] = #""ec-2""# },
        Refusal("kid in other case", .unknownKey) { $0.header["kid"] = #""EC-1""# },
        Refusal("kid of a key of another type", .unknownKey) { $0.header["kid"] = #""ed-1""# },
        Refusal("alg of another key type", .unknownKey) { $0.header["alg"] = #""EdDSA""# },
    ]

    static let types: [Refusal] = [
        Refusal("typ of an ID-JAG", .wrongTokenType) { $0.header["typ"] = #""oauth-id-jag+jwt""# },
        Refusal("typ of a DPoP proof", .wrongTokenType) { $0.header["typ"] = #""dpop+jwt""# },
        Refusal("typ of a logout token", .wrongTokenType) { $0.header["typ"] = #""logout+jwt""# },
        Refusal("typ a number", .malformedToken) { $0.header["typ"] = "1" },
        Refusal("ID token with nonce", .wrongTokenType) {
            $0.header["typ"] = #""JWT""#
            $0.claims["client_id"] = nil
            $0.claims["nonce"] = #""n-1""#
        },
        Refusal("ID token with at_hash", .wrongTokenType) {
            $0.header["typ"] = nil
            $0.claims["at_hash"] = #""abc""#
        },
        Refusal("ID token of Cognito", .wrongTokenType) {
            $0.header["typ"] = nil
            $0.claims["token_use"] = #""id""#
        },
        Refusal("ID token of Keycloak", .wrongTokenType) {
            $0.header["typ"] = #""JWT""#
            $0.claims["typ"] = #""ID""#
        },
        Refusal("bound to a key", .bindingUnsupported) { $0.claims["cnf"] = #"{"jkt":"abc"}"# },
    ]

    static let times: [Refusal] = [
        Refusal("expired by the leeway", .expired) { $0.claims["exp"] = "\(UnixTime.start.seconds - 30)" },
        Refusal("exp missing", .malformedToken) { $0.claims["exp"] = nil },
        Refusal("exp a string", .malformedToken) { $0.claims["exp"] = #""1795374600""# },
        Refusal("exp with exponent", .malformedToken) { $0.claims["exp"] = "1e10" },
        Refusal("exp beyond the year 9999", .malformedToken) { $0.claims["exp"] = "253402300800" },
        Refusal("exp of 20 digits", .malformedToken) { $0.claims["exp"] = "18446744073709551616" },
        Refusal("exp negative", .malformedToken) { $0.claims["exp"] = "-1" },
        Refusal("exp twice", .malformedToken) { $0.extraClaims = #""exp":9999999999,"# },
        Refusal("nbf beyond the leeway", .notYetValid) { $0.claims["nbf"] = "\(UnixTime.start.seconds + 31)" },
        Refusal("iat beyond the leeway", .notYetValid) { $0.claims["iat"] = "\(UnixTime.start.seconds + 31)" },
        Refusal("nbf null", .malformedToken) { $0.claims["nbf"] = "null" },
        Refusal("one second too long", .lifetimeTooLong) {
            $0.claims["exp"] = "\(UnixTime.start.seconds + 86_401)"
        },
        Refusal("too long, without iat", .lifetimeTooLong) {
            $0.claims["iat"] = nil
            $0.claims["exp"] = "\(UnixTime.start.seconds + 86_401)"
        },
        Refusal("too long by an old iat", .lifetimeTooLong) {
            $0.claims["iat"] = "\(UnixTime.start.seconds - 86_000)"
        },
    ]

    static let claims: [Refusal] = [
        Refusal("iss missing", .wrongIssuer) { $0.claims["iss"] = nil },
        Refusal("iss with a slash more", .wrongIssuer) { $0.claims["iss"] = #""https://issuer.test/""# },
        Refusal("iss in other case", .wrongIssuer) { $0.claims["iss"] = #""https://Issuer.test""# },
        Refusal("iss an array", .wrongIssuer) { $0.claims["iss"] = #"["https://issuer.test"]"# },
        Refusal("iss twice", .malformedToken) { $0.extraClaims = #""iss":"https://evil.test","# },
        Refusal("aud missing", .wrongAudience) { $0.claims["aud"] = nil },
        Refusal("aud of another route", .wrongAudience) { $0.claims["aud"] = "\"\(Route.crm)\"" },
        Refusal("aud a prefix of the route", .wrongAudience) { $0.claims["aud"] = #""https://gw.test/mcp""# },
        Refusal("aud with a slash more", .wrongAudience) { $0.claims["aud"] = "\"\(Route.erp)/\"" },
        Refusal("aud in other case", .wrongAudience) { $0.claims["aud"] = #""https://gw.test/mcp/ERP""# },
        Refusal("aud an empty array", .wrongAudience) { $0.claims["aud"] = "[]" },
        Refusal("aud the client", .wrongAudience) { $0.claims["aud"] = #""finance-bot""# },
        Refusal("aud a number", .malformedToken) { $0.claims["aud"] = "1" },
        Refusal("aud with a number in it", .malformedToken) { $0.claims["aud"] = "[\"\(Route.erp)\",1]" },
        Refusal("nobody", .malformedToken) {
            $0.claims["sub"] = nil
            $0.claims["client_id"] = nil
        },
        Refusal("sub empty", .malformedToken) { $0.claims["sub"] = #""""# },
        Refusal("sub with a line break", .malformedToken) { $0.claims["sub"] = #""olga\nadmin""# },
        Refusal("two different clients", .malformedToken) { $0.claims["azp"] = #""other-bot""# },
        Refusal("jti a number", .malformedToken) { $0.claims["jti"] = "1" },
        Refusal("act without sub", .malformedToken) { $0.claims["act"] = #"{"client_id":"a"}"# },
        Refusal("no role", .noRole) { $0.claims["agent_role"] = nil },
        Refusal("two roles", .noRole) { $0.claims["agent_role"] = #"["finance_executor","admin"]"# },
        Refusal("role with a space", .noRole) { $0.claims["agent_role"] = #""finance executor""# },
    ]
}

@Suite("A token is refused")
struct RefusedTokenTests {
    @Test("for each single flaw, with its own reason, and is not remembered", arguments: Refusal.all)
    func refusesEachFlaw(refusal: Refusal) async throws {
        let gate = try Gate()
        var draft = TokenDraft()
        refusal.spoil(&draft)
        let token = try draft.token()
        #expect(await gate.refusal(token) == refusal.reason)
        #expect(gate.authenticator.cachedTokenCount == 0)
    }

    @Test("while the same token without a flaw is accepted")
    func acceptsTheFlawless() async throws {
        #expect(try await Gate().ask(TokenDraft().token()).value != nil)
    }

    @Test("for every reason there is, in this file or the ones beside it")
    func coversEveryReason() {
        let elsewhere: Set<AuthenticationFailure> = [
            .missingToken, .unsupportedScheme, .ambiguousCredential, .tokenTooLarge, .badSignature, .keysUnavailable,
            .revoked,
        ]
        #expect(elsewhere.union(Refusal.all.map(\.reason)) == Set(AuthenticationFailure.allCases))
    }

    @Test(
        "when its three parts are not three strict base64url parts",
        arguments: [
            { (text: String) in text + "." }, { $0 + ".AAAA" }, { "." + $0 }, { $0.replacing(".", with: "") },
            { $0.replacing(".", with: "..") }, { "=" + $0 }, { String($0.dropFirst()) },
        ] as [@Sendable (String) -> String])
    func refusesBadShape(spoil: @Sendable (String) -> String) async throws {
        let token = try TokenDraft().token()
        #expect(try await Gate().refusal(spoil(token)) == .malformedToken)
    }

    @Test(
        "when its payload is no strict JSON object", arguments: ["[]", "null", "{}x", "", "{\"a\":1,}", "\u{FEFF}{}"])
    func refusesBadPayload(payload: String) async throws {
        let key = SigningKey.ec
        let signed =
            Base64URL.encode(Array(#"{"alg":"ES256","kid":"ec-1"}"#.utf8)) + "." + Base64URL.encode(Array(payload.utf8))
        let token = signed + "." + Base64URL.encode(try key.sign(Array(signed.utf8)))
        #expect(try await Gate().refusal(token) == .malformedToken)
    }
}
