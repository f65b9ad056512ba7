import MartletAuthn
import MartletCore
import Testing

@Suite("A principal")
struct PrincipalTests {
    @Test(
        "is the client for the subject, the authorized party, or the subject alone",
        arguments: [
            (client: "bot", party: nil, subject: "olga", agent: "bot", user: "olga"),
            (client: nil, party: "bot", subject: "olga", agent: "bot", user: "olga"),
            (client: "bot", party: "bot", subject: "olga", agent: "bot", user: "olga"),
            (client: "bot", party: nil, subject: "bot", agent: "bot", user: nil),
            (client: "bot", party: nil, subject: nil, agent: "bot", user: nil),
            (client: nil, party: nil, subject: "bot", agent: "bot", user: nil),
            (client: nil, party: nil, subject: "olga@x.test", agent: "olga@x.test", user: nil),
        ] as [(client: String?, party: String?, subject: String?, agent: String, user: String?)])
    func mapsSubjects(
        row: (client: String?, party: String?, subject: String?, agent: String, user: String?)
    ) async throws {
        var draft = TokenDraft()
        draft.claims["client_id"] = row.client.map { "\"\($0)\"" }
        draft.claims["azp"] = row.party.map { "\"\($0)\"" }
        draft.claims["sub"] = row.subject.map { "\"\($0)\"" }
        let principal = try #require(try await Gate().ask(draft.token()).value).principal
        #expect(principal.agent == SubjectID(row.agent))
        #expect(principal.user == row.user.flatMap(SubjectID.init))
        #expect(principal.issuer == "https://issuer.test")
    }

    @Test("lists the actors of the delegation chain from the outside in, at most eight")
    func listsActors() async throws {
        var draft = TokenDraft()
        draft.claims["act"] = #"{"sub":"a1","act":{"sub":"a2","iss":"x"}}"#
        let principal = try #require(try await Gate().ask(draft.token()).value).principal
        #expect(principal.actors.map(\.rawValue) == ["a1", "a2"])
        draft.claims["act"] = Self.chain(8)
        #expect(try await Gate().ask(draft.token()).value?.principal.actors.count == 8)
        draft.claims["act"] = Self.chain(9)
        #expect(try await Gate().refusal(draft.token()) == .malformedToken)
    }

    @Test("carries the facts of its credential, and never the token")
    func carriesCredentialFacts() async throws {
        let token = try TokenDraft().token()
        let principal = try #require(try await Gate().ask(token).value).principal
        #expect(principal.credential.digest == Digest(of: Array(token.utf8)))
        #expect(principal.credential.tokenID == "t-1")
        #expect(principal.credential.expires == .at(600))
        #expect(!String(reflecting: principal).contains(token))
    }

    @Test(
        "has the configured role, else the claimed one",
        arguments: [
            (configured: "auditor", claim: "\"finance_executor\"", role: "auditor"),
            (configured: nil, claim: "\"finance_executor\"", role: "finance_executor"),
            (configured: nil, claim: "[\"finance_executor\"]", role: "finance_executor"),
            (configured: "auditor", claim: "[]", role: "auditor"),
            (configured: nil, claim: "[]", role: nil),
            (configured: nil, claim: "7", role: nil),
            (configured: nil, claim: "{\"finance_executor\":true}", role: nil),
        ] as [(configured: String?, claim: String, role: String?)])
    func choosesTheRole(row: (configured: String?, claim: String, role: String?)) async throws {
        var agents: [SubjectID: RoleName] = [:]
        let bot = try #require(SubjectID("finance-bot"))
        if let configured = row.configured { agents[bot] = RoleName(configured) }
        var draft = TokenDraft()
        draft.claims["agent_role"] = row.claim
        let result = try await Gate(agents: agents).ask(draft.token())
        #expect(result.value?.principal.role.rawValue == row.role)
        #expect((result.failure == .noRole) == (row.role == nil))
    }

    @Test("has no role from a claim that the issuer's configuration does not name")
    func ignoresUnnamedClaims() async throws {
        #expect(try await Gate(roleClaim: nil).refusal(TokenDraft().token()) == .noRole)
        #expect(try await Gate(roleClaim: "groups").refusal(TokenDraft().token()) == .noRole)
    }

    private static func chain(_ length: Int) -> String {
        (1...length).reversed().reduce("") { inner, index in
            inner.isEmpty ? "{\"sub\":\"a\(index)\"}" : "{\"sub\":\"a\(index)\",\"act\":\(inner)}"
        }
    }
}
