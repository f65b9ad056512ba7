import MartletAuthn
import MartletCore
import Testing

@Suite("A revocation")
struct RevocationTests {
    static let names: [Revocation] =
        [.tokenID("t-1")] + ["finance-bot", "olga", "planner"].compactMap(SubjectID.init).map(Revocation.subject)

    @Test("of a jti, agent, user or actor refuses at once, cached or not", arguments: names)
    func refusesAtOnce(revocation: Revocation) async throws {
        let gate = try Gate()
        let token = try Self.token()
        let principal = try #require(await gate.ask(token).value).principal
        #expect(gate.isCached(token))
        #expect(!gate.authenticator.isRevoked(principal))
        gate.authenticator.revoke(revocation)
        #expect(!gate.isCached(token))
        #expect(await gate.refusal(token) == .revoked)
        #expect(gate.authenticator.isRevoked(principal))
    }

    @Test("by digest refuses that token and no other")
    func refusesByDigest() async throws {
        let gate = try Gate()
        let token = try Self.token()
        let other = try TokenDraft().token()
        _ = await gate.ask(token)
        _ = await gate.ask(other)
        gate.authenticator.revoke(.digest(Digest(of: Array(token.utf8))))
        #expect(await gate.refusal(token) == .revoked)
        #expect(gate.isCached(other))
    }

    @Test("of somebody else changes nothing, also not for the cache")
    func sparesOthers() async throws {
        let gate = try Gate()
        let token = try Self.token()
        _ = await gate.ask(token)
        gate.authenticator.revoke(.tokenID("t-2"))
        gate.authenticator.revoke(.subject(try #require(SubjectID("t-1"))))
        #expect(gate.isCached(token))
    }

    @Test("that came before the first use of a token refuses it too")
    func refusesUnseenTokens() async throws {
        let gate = try Gate()
        gate.authenticator.revoke(.tokenID("t-1"))
        #expect(await gate.refusal(try Self.token()) == .revoked)
        #expect(gate.authenticator.cachedTokenCount == 0)
    }

    private static func token() throws -> String {
        var draft = TokenDraft()
        draft.claims["act"] = #"{"sub":"planner"}"#
        return try draft.token()
    }
}
