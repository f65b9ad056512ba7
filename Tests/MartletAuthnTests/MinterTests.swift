import MartletAuthn
import MartletCore
import MartletJSON
import Testing

@Suite("The minter")
struct MinterTests {
    @Test("issues tokens that its own issuer entry accepts, for agents that are configured")
    func issuesAcceptedTokens() async throws {
        let minter = try Self.minter()
        let bot = try #require(SubjectID("finance-bot"))
        let role = try #require(RoleName("finance_executor"))
        let token = try minter.issue(agent: bot, role: role, audience: Route.erp, ttl: Seconds(900), now: .start)
        let authenticator = try Authenticator(issuers: [minter.trustedIssuer(agents: [bot: role])])
        let caller = try #require(await Self.ask(authenticator, token).value)
        #expect(caller.principal.agent == bot)
        #expect(caller.principal.user == nil)
        #expect(caller.principal.role == role)
        #expect(caller.principal.issuer == "urn:martlet:test")
        #expect(caller.principal.credential.expires == .at(900))
        let empty = try Authenticator(issuers: [minter.trustedIssuer(agents: [:])])
        #expect(await Self.ask(empty, token).failure == .noRole)
    }

    @Test("can issue a token for an agent that acts for a person")
    func issuesDelegatedTokens() async throws {
        let minter = try Self.minter()
        let bot = try #require(SubjectID("finance-bot"))
        let role = try #require(RoleName("finance_executor"))
        let token = try minter.issue(
            agent: bot, user: SubjectID("olga"), role: role, audience: Route.erp, ttl: Seconds(900), now: .start)
        let authenticator = try Authenticator(issuers: [minter.trustedIssuer(agents: [bot: role])])
        #expect(await Self.ask(authenticator, token).value?.principal.user?.rawValue == "olga")
    }

    @Test("issues tokens of one environment that another does not know, even with the same key")
    func separatesEnvironments() async throws {
        let bot = try #require(SubjectID("finance-bot"))
        let role = try #require(RoleName("finance_executor"))
        let staging = try Self.minter(environment: "staging")
        let token = try staging.issue(agent: bot, role: role, audience: Route.erp, ttl: Seconds(900), now: .start)
        let authenticator = try Authenticator(issuers: [try Self.minter().trustedIssuer(agents: [bot: role])])
        #expect(await Self.ask(authenticator, token).failure == .wrongIssuer)
    }

    @Test("writes access tokens: at+jwt, EdDSA, its key's name, a fresh jti of 128 bits")
    func writesAccessTokens() throws {
        let minter = try Self.minter()
        let bot = try #require(SubjectID("finance-bot"))
        let first = try minter.mint(agent: bot, role: nil, audience: Route.erp, ttl: Seconds(60), now: .start)
        let second = try minter.mint(agent: bot, role: nil, audience: Route.erp, ttl: Seconds(60), now: .start)
        #expect(first.tokenID != second.tokenID)
        #expect(first.tokenID.utf8.count == 32)
        #expect(first.digest == Digest(of: Array(first.text.utf8)))
        #expect(!"\(first)".contains(first.text))
        let head = try #require(first.text.split(separator: ".").first)
        let header = try JSONValue.parse(try #require(Base64URL.decode(String(head))))
        #expect(header["typ"]?.string == "at+jwt")
        #expect(header["alg"]?.string == "EdDSA")
        #expect(header["kid"]?.string == minter.keyID)
    }

    @Test("refuses a lifetime of zero and one second above the maximum")
    func boundsLifetimes() throws {
        let minter = try Self.minter()
        let bot = try #require(SubjectID("finance-bot"))
        for ttl in [0, 43_201] as [Int64] {
            #expect(throws: MinterError.lifetimeRefused(maximum: Seconds(43_200))) {
                try minter.issue(agent: bot, role: nil, audience: Route.erp, ttl: Seconds(ttl), now: .start)
            }
        }
        #expect(throws: Never.self) {
            try minter.issue(agent: bot, role: nil, audience: Route.erp, ttl: Seconds(43_200), now: .start)
        }
    }

    @Test("says which lifetimes it takes, and what to change for longer ones")
    func tellsTheFix() {
        #expect(
            MinterError.lifetimeRefused(maximum: Seconds(43_200)).description
                == "a lifetime is more than zero and at most 12h; for longer ones raise "
                + "authentication.built_in.maximum_ttl")
    }

    @Test("names its key by the thumbprint of RFC 8037, appendix A.3")
    func namesItsKey() throws {
        let minter = try Self.minter()
        #expect(minter.keyID == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
        let jwk = try #require(try JSONValue.parse(minter.jwks)["keys"]?[0])
        #expect(jwk["x"]?.string == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
        #expect(jwk["d"] == nil)
    }

    @Test("refuses a seed that is no key")
    func refusesBadSeeds() throws {
        let environment = try #require(EnvironmentName("test"))
        #expect(throws: MinterError.unusableKey) {
            try TokenMinter(seed: Secret(bytes: [1, 2, 3]), environment: environment)
        }
    }

    /// The key pair of RFC 8037, appendix A.1.
    private static func minter(environment: String = "test") throws -> TokenMinter {
        let seed = try #require(Base64URL.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"))
        return try TokenMinter(seed: Secret(bytes: seed), environment: try #require(EnvironmentName(environment)))
    }

    private static func ask(
        _ authenticator: Authenticator, _ token: String
    ) async -> Result<AuthenticatedRequest, AuthenticationFailure> {
        await authenticator.authenticate(authorization: ["Bearer " + token], audience: [Route.erp], now: .start)
    }
}
