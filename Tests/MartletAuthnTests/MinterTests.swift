import Foundation
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

@Suite("The minter's key file")
struct MinterKeyFileTests {
    @Test("is made at the first start with mode 0600, and read at the next")
    func isMadeOnce() throws {
        try inFolder { folder in
            let path = folder + "/minter.key"
            let first = try MinterKeyFile.open(path)
            #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
            #expect(try MinterKeyFile.open(path).matches(first))
            #expect(try !MinterKeyFile.open(folder + "/other.key").matches(first))
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["minter.key", "other.key"])
        }
    }

    @Test(
        "is refused when group or others have any access", arguments: [0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o644])
    func refusesExposure(mode: Int) throws {
        try inFolder { folder in
            let path = folder + "/minter.key"
            _ = try MinterKeyFile.open(path)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            #expect(throws: MinterError.keyFileExposed(mode: UInt32(mode))) { try MinterKeyFile.open(path) }
        }
    }

    @Test("is refused when it holds something else than one seed", arguments: ["", "x", "martlet-ed25519-seed:AAAA\n"])
    func refusesGarbage(text: String) throws {
        try inFolder { folder in
            let path = folder + "/minter.key"
            let attributes = [FileAttributeKey.posixPermissions: 0o600]
            #expect(FileManager.default.createFile(atPath: path, contents: Data(text.utf8), attributes: attributes))
            #expect(throws: MinterError.unusableKey) { try MinterKeyFile.open(path) }
        }
    }

    @Test("is never read or made through a symbolic link, and never a folder")
    func refusesLinks() throws {
        try inFolder { folder in
            _ = try MinterKeyFile.open(folder + "/real.key")
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/link", withDestinationPath: folder + "/real.key")
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/loose", withDestinationPath: folder + "/new.key")
            for name in ["link", "loose"] {
                #expect(throws: MinterError.keyFile(errno: ELOOP)) { try MinterKeyFile.open(folder + "/" + name) }
            }
            #expect(throws: MinterError.unusableKey) { try MinterKeyFile.open(folder) }
            #expect(throws: MinterError.keyFile(errno: ENOENT)) { try MinterKeyFile.open(folder + "/none/minter.key") }
        }
    }

    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: folder) } }
        try body(folder)
    }
}
