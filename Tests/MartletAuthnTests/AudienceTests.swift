import MartletAuthn
import MartletCore
import Testing

@Suite("An audience")
struct AudienceTests {
    @Test("may be one string or a list that contains the route's own")
    func acceptsLists() async throws {
        for audience in ["\"\(Route.erp)\"", "[\"\(Route.erp)\"]", "[\"https://x.test\",\"\(Route.erp)\"]"] {
            var draft = TokenDraft()
            draft.claims["aud"] = audience
            #expect(try await Gate().ask(draft.token()).value != nil)
        }
    }

    @Test("that an issuer overrides replaces the route's own, on the routes that list it")
    func overridesReplace() async throws {
        let shared = "https://gw.test/mcp"
        let gate = try Gate(audience: shared)
        var draft = TokenDraft()
        let own = try draft.token()
        draft.claims["aud"] = "\"\(shared)\""
        let overridden = try draft.token()
        draft.claims["aud"] = "\"\(Route.admin)\""
        let admin = try draft.token()
        #expect(await gate.ask(overridden, audience: [Route.erp, shared]).value != nil)
        #expect(await gate.refusal(own, audience: [Route.erp, shared]) == .wrongAudience)
        #expect(await gate.refusal(overridden, audience: [Route.admin]) == .wrongAudience)
        #expect(await gate.ask(admin, audience: [Route.admin]).value != nil)
        #expect(gate.isCached(admin, audience: [Route.admin]))
        #expect(!gate.isCached(admin, audience: [Route.erp, shared]))
    }

    @Test("that one issuer overrides is of no use to another")
    func overridesAreNotShared() async throws {
        let shared = "https://gw.test/mcp"
        let issuers = [
            TrustedIssuer(
                issuer: "https://issuer.test", algorithms: [.es256], keys: MemoryJWKSSource(keySet(.ec)),
                roleClaim: "agent_role"),
            TrustedIssuer(
                issuer: "https://other.test", algorithms: [.es256], keys: MemoryJWKSSource(keySet(.ec)),
                roleClaim: "agent_role", audience: shared),
        ]
        let authenticator = try Authenticator(issuers: issuers)
        var draft = TokenDraft()
        draft.claims["aud"] = "\"\(shared)\""
        let value = ["Bearer " + (try draft.token())]
        let result = await authenticator.authenticate(authorization: value, audience: [Route.erp, shared], now: .start)
        #expect(result.failure == .wrongAudience)
    }
}
