import MartletAuthn
import MartletCore
import Testing

@Suite("A verified token")
struct CacheTests {
    @Test("is found again without its issuer, by its exact bytes")
    func isRemembered() async throws {
        let gate = try Gate()
        let token = try TokenDraft().token()
        #expect(!gate.isCached(token))
        let first = try #require(await gate.ask(token).value)
        let again = gate.authenticator.authenticateFromCache(
            authorization: ["bearer " + token], audience: [Route.erp], now: .start)
        #expect(again == first)
        #expect(!gate.isCached(token + "A"))
        #expect(!gate.isCached(String(token.dropLast())))
    }

    @Test("is found by nothing but a single Authorization header")
    func wantsOneHeader() async throws {
        let gate = try Gate()
        let token = try TokenDraft().token()
        _ = await gate.ask(token)
        for values in [[], ["Bearer " + token, "Bearer " + token], ["Basic " + token], [token]] {
            let found = gate.authenticator.authenticateFromCache(
                authorization: values, audience: [Route.erp], now: .start)
            #expect(found == nil)
        }
    }

    @Test("is good for its own route only")
    func keepsToItsRoute() async throws {
        let gate = try Gate()
        let token = try TokenDraft().token()
        _ = await gate.ask(token)
        #expect(gate.isCached(token, audience: [Route.erp]))
        #expect(!gate.isCached(token, audience: [Route.crm]))
        #expect(!gate.isCached(token, audience: []))
        #expect(await gate.refusal(token, audience: [Route.crm]) == .wrongAudience)
    }

    @Test("is good until its expiry and the leeway, cached or not")
    func expires() async throws {
        let gate = try Gate()
        let token = try TokenDraft().token()
        _ = await gate.ask(token)
        #expect(gate.isCached(token, now: .at(629)))
        #expect(!gate.isCached(token, now: .at(630)))
        #expect(await gate.refusal(token, now: .at(630)) == .expired)
    }

    @Test("may have a leeway of at most 30 seconds")
    func boundsTheLeeway() {
        #expect(IssuerLimits(leeway: Seconds(31)).leeway == Seconds(30))
        #expect(IssuerLimits(leeway: Seconds(0)).leeway == Seconds(0))
    }

    @Test("has no leeway where none is configured")
    func honoursZeroLeeway() async throws {
        let gate = try Gate(limits: IssuerLimits(leeway: Seconds(0)))
        let token = try TokenDraft().token()
        #expect(await gate.ask(token, now: .at(599)).value != nil)
        #expect(await gate.refusal(token, now: .at(600)) == .expired)
    }

    @Test("is accepted later although it was refused first: refusals are not remembered")
    func forgetsRefusals() async throws {
        let gate = try Gate()
        var draft = TokenDraft()
        draft.claims["nbf"] = "\(UnixTime.at(100).seconds)"
        let token = try draft.token()
        #expect(await gate.refusal(token, now: .at(69)) == .notYetValid)
        #expect(await gate.ask(token, now: .at(70)).value != nil)
    }

    @Test("is forgotten, oldest first, when there are too many")
    func isBounded() async throws {
        let gate = try Gate(cachedTokens: 32)
        var tokens: [String] = []
        for index in 0..<200 {
            var draft = TokenDraft()
            draft.claims["jti"] = "\"t-\(index)\""
            tokens.append(try draft.token())
            #expect(await gate.ask(tokens[index]).value != nil)
            #expect(gate.isCached(tokens[index]))
            #expect(gate.authenticator.cachedTokenCount <= 32)
        }
        #expect(tokens.prefix(100).filter { gate.isCached($0) }.count < 5)
        #expect(await gate.ask(tokens[0]).value != nil)
    }
}
