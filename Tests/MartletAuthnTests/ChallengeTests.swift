import MartletAuthn
import MartletJSON
import Testing

@Suite("The challenge")
struct ChallengeTests {
    private static let url = "https://gw.test/.well-known/oauth-protected-resource/mcp/erp"

    @Test(
        "names the metadata, and an error only when a token was sent",
        arguments: [
            (AuthenticationFailure.missingToken, nil), (.unsupportedScheme, nil), (.keysUnavailable, nil),
            (.noRole, nil), (.ambiguousCredential, "invalid_request"), (.expired, "invalid_token"),
        ] as [(AuthenticationFailure, String?)])
    func namesErrors(failure: AuthenticationFailure, error: String?) {
        let prefix = error.map { "error=\"\($0)\", " } ?? ""
        #expect(
            failure.wwwAuthenticate(metadataURL: Self.url) == "Bearer \(prefix)resource_metadata=\"\(Self.url)\"")
    }

    @Test("does not tell one bad token from another")
    func tellsNothing() {
        let silent: Set<AuthenticationFailure> = [
            .missingToken, .unsupportedScheme, .keysUnavailable, .noRole, .ambiguousCredential,
        ]
        let rest = AuthenticationFailure.allCases.filter { !silent.contains($0) }
        #expect(Set(rest.map { $0.wwwAuthenticate(metadataURL: Self.url) }).count == 1)
        #expect(Set(rest.map(\.httpStatus)) == [401])
    }

    @Test("carries the scope, and cannot be broken out of")
    func carriesScope() {
        let failure = AuthenticationFailure.missingToken
        #expect(
            failure.wwwAuthenticate(metadataURL: "u", scope: "a b") == #"Bearer resource_metadata="u", scope="a b""#)
        #expect(failure.wwwAuthenticate(metadataURL: "u\"\r\n\\x") == #"Bearer resource_metadata="ux""#)
    }

    @Test("has a status of its own without a role and without keys")
    func choosesStatus() {
        #expect(AuthenticationFailure.noRole.httpStatus == 403)
        #expect(AuthenticationFailure.keysUnavailable.httpStatus == 503)
        #expect(AuthenticationFailure.missingToken.httpStatus == 401)
    }

    @Test("has reasons whose wire names never change")
    func keepsWireNames() {
        let names = [
            "missing_token", "unsupported_scheme", "ambiguous_credential", "token_too_large", "malformed_token",
            "header_refused", "algorithm_refused", "wrong_issuer", "keys_unavailable", "unknown_key", "bad_signature",
            "wrong_token_type", "expired", "not_yet_valid", "lifetime_too_long", "wrong_audience",
            "binding_unsupported", "revoked", "no_role",
        ]
        #expect(AuthenticationFailure.allCases.map(\.rawValue) == names)
    }
}

@Suite("The metadata of a protected resource")
struct ProtectedResourceMetadataTests {
    @Test("names the resource, the servers one can ask, and the header as the only way")
    func namesServers() {
        let document = ProtectedResourceMetadata.document(
            resource: Route.erp, authorizationServers: ["https://issuer.test", "urn:martlet:test"], scopes: ["tools"])
        let expected =
            #"{"resource":"https://gw.test/mcp/erp","authorization_servers":["https://issuer.test"],"#
            + #""scopes_supported":["tools"],"bearer_methods_supported":["header"]}"#
        #expect(String(decoding: document, as: UTF8.self) == expected)
    }

    @Test("leaves out empty lists")
    func leavesOutEmptyLists() throws {
        let document = ProtectedResourceMetadata.document(resource: Route.erp, authorizationServers: ["urn:x"])
        let value = try JSONValue.parse(document)
        #expect(value["authorization_servers"] == nil)
        #expect(value["scopes_supported"] == nil)
    }

    @Test(
        "is found below the well-known path of the host",
        arguments: [
            (Route.erp, "https://gw.test/.well-known/oauth-protected-resource/mcp/erp"),
            ("http://127.0.0.1:8440/mcp", "http://127.0.0.1:8440/.well-known/oauth-protected-resource/mcp"),
            ("https://gw.test", "https://gw.test/.well-known/oauth-protected-resource"),
            ("https://gw.test/", "https://gw.test/.well-known/oauth-protected-resource"),
            ("urn:martlet:test:admin", nil), ("https://", nil), ("https://gw.test/a?b", nil),
            ("https://gw.test/a#b", nil),
        ] as [(String, String?)])
    func hasWellKnownURL(resource: String, url: String?) {
        #expect(ProtectedResourceMetadata.url(forResource: resource) == url)
    }
}
