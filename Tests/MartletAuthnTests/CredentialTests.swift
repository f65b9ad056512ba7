import MartletAuthn
import MartletCore
import Testing

@Suite("The Authorization header")
struct CredentialTests {
    @Test("must be there exactly once")
    func wantsExactlyOne() async throws {
        let value = "Bearer " + (try TokenDraft().token())
        let rows: [([String], AuthenticationFailure)] = [
            ([], .missingToken), ([value, value], .ambiguousCredential), (["", value], .ambiguousCredential),
            ([value, "Basic YTpi"], .ambiguousCredential), ([value + ", " + value], .malformedToken),
        ]
        for (values, reason) in rows {
            #expect(await Self.refusal(values) == reason)
        }
    }

    @Test(
        "has the scheme Bearer",
        arguments: ["", "Bearer", "Basic YTpi", "DPoP abc", "Bearerabc", "Bearer\tabc", " Bearer abc", "Bear er abc"])
    func wantsBearer(value: String) async throws {
        #expect(await Self.refusal([value]) == .unsupportedScheme)
    }

    @Test(
        "names the scheme in any case, with one or more spaces",
        arguments: ["Bearer ", "bearer ", "BEARER ", "Bearer   "])
    func ignoresTheCase(prefix: String) async throws {
        let gate = try Gate()
        let value = [prefix + (try TokenDraft().token())]
        #expect(
            await gate.authenticator.authenticate(authorization: value, audience: [Route.erp], now: .start).value != nil
        )
        #expect(
            gate.authenticator.authenticateFromCache(authorization: value, audience: [Route.erp], now: .start) != nil)
    }

    @Test(
        "carries one token68",
        arguments: [
            "Bearer ", "Bearer a b", "Bearer a,b", "Bearer \"a\"", "Bearer ä", "Bearer ==", "Bearer a=b",
            "Bearer a\u{0}",
        ])
    func wantsToken68(value: String) async throws {
        #expect(await Self.refusal([value]) == .malformedToken)
    }

    @Test("carries at most 8 KiB")
    func limitIsInclusive() async throws {
        let longest = String(repeating: "a", count: 8192)
        #expect(await Self.refusal(["Bearer " + longest]) == .malformedToken)
        #expect(await Self.refusal(["Bearer " + longest + "a"]) == .tokenTooLarge)
    }

    private static func refusal(_ values: [String]) async -> AuthenticationFailure? {
        do {
            return try await Gate().authenticator.authenticate(
                authorization: values, audience: [Route.erp], now: .start
            ).failure
        } catch {
            return nil
        }
    }
}
