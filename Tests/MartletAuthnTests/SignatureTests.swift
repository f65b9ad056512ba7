import Crypto
import MartletAuthn
import MartletCore
import MartletJSON
import Testing

@Suite("A signature")
struct SignatureTests {
    @Test("of each allowed algorithm is accepted", arguments: SignatureAlgorithm.allCases)
    func acceptsEachAlgorithm(algorithm: SignatureAlgorithm) async throws {
        let key = try Self.key(algorithm)
        let gate = try Gate(keys: keySet(key))
        let caller = try #require(await gate.ask(TokenDraft(key: key).token()).value)
        #expect(caller.principal.credential.algorithm == algorithm.rawValue)
        #expect(caller.principal.credential.keyID == key.kid)
    }

    @Test("of an algorithm that this issuer may not use is refused", arguments: SignatureAlgorithm.allCases)
    func refusesAlgorithmsOffTheList(algorithm: SignatureAlgorithm) async throws {
        let key = try Self.key(algorithm)
        let others = Set(SignatureAlgorithm.allCases).subtracting([algorithm])
        let gate = try Gate(keys: keySet(key), algorithms: others)
        #expect(await gate.refusal(try TokenDraft(key: key).token()) == .algorithmRefused)
    }

    @Test("with any one bit changed is refused", arguments: SignatureAlgorithm.allCases)
    func refusesChangedSignatures(algorithm: SignatureAlgorithm) async throws {
        let key = try Self.key(algorithm)
        let gate = try Gate(keys: keySet(key))
        let draft = TokenDraft(key: key)
        let signature = try key.sign(Array(draft.signedText.utf8))
        for position in stride(from: 0, to: signature.count, by: 7) {
            var changed = signature
            changed[position] ^= 1 << (position % 8)
            #expect(await gate.refusal(draft.signedText + "." + Base64URL.encode(changed)) == .badSignature)
        }
    }

    @Test("of the wrong length, empty or zero is refused", arguments: [0, 1, 63, 64, 65, 128, 256])
    func refusesSignaturesOfZeros(length: Int) async throws {
        for algorithm in SignatureAlgorithm.allCases {
            let key = try Self.key(algorithm)
            let text = TokenDraft(key: key).signedText + "."
            let token = text + Base64URL.encode([UInt8](repeating: 0, count: length))
            #expect(try await Gate(keys: keySet(key)).refusal(token) == .badSignature)
        }
    }

    @Test("over other claims is refused")
    func refusesChangedClaims() async throws {
        let honest = TokenDraft()
        var greedy = honest
        greedy.claims["agent_role"] = #""admin""#
        let signature = Base64URL.encode(try honest.key.sign(Array(honest.signedText.utf8)))
        #expect(try await Gate().refusal(greedy.signedText + "." + signature) == .badSignature)
    }

    @Test("made with the RSA public key as an HMAC secret is refused under every name", arguments: ["HS256", "RS256"])
    func refusesAlgorithmConfusion(name: String) async throws {
        let key = try SigningKey.rsa.get()
        let gate = try Gate(keys: keySet(key))
        let secrets = [try #require(key.jwk["n"]), key.publicJWK(), String(decoding: keySet(key), as: UTF8.self)]
        for secret in secrets {
            var draft = TokenDraft(key: key)
            draft.header["alg"] = "\"\(name)\""
            let code = HMAC<SHA256>.authenticationCode(
                for: Array(draft.signedText.utf8), using: SymmetricKey(data: Array(secret.utf8)))
            let refusal = await gate.refusal(draft.signedText + "." + Base64URL.encode(Array(code)))
            #expect(refusal == (name == "HS256" ? .algorithmRefused : .badSignature))
        }
    }

    @Test("by a key of another issuer is refused, also when both use the same kid")
    func refusesKeysOfOtherIssuers() async throws {
        let foreign = SigningKey.es256("foreign")
        let twin = SigningKey.es256("ec-1")
        let issuers = [
            TrustedIssuer(
                issuer: "https://issuer.test", algorithms: [.es256], keys: MemoryJWKSSource(keySet(.ec)),
                roleClaim: "agent_role"),
            TrustedIssuer(
                issuer: "https://other.test", algorithms: [.es256], keys: MemoryJWKSSource(keySet(foreign, twin)),
                roleClaim: "agent_role"),
        ]
        let authenticator = try Authenticator(issuers: issuers)
        for (key, reason) in [(foreign, AuthenticationFailure.unknownKey), (twin, .badSignature)] {
            let token = try TokenDraft(key: key).token()
            let result = await authenticator.authenticate(
                authorization: ["Bearer " + token], audience: [Route.erp], now: .start)
            #expect(result.failure == reason)
        }
    }

    private static func key(_ algorithm: SignatureAlgorithm) throws -> SigningKey {
        switch algorithm {
        case .es256: .ec
        case .edDSA: .ed
        case .rs256: try SigningKey.rsa.get()
        }
    }
}
