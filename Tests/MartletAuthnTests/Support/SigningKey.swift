import Crypto
import CryptoExtras
import Foundation
import MartletJSON

/// A real private key that signs test tokens with swift-crypto, and its public half as a JWK.
struct SigningKey: Sendable {
    let kid: String
    let algorithm: String
    /// The members of the JWK after `kid`, so that a test can change single ones.
    let jwk: [String: String]
    let sign: @Sendable ([UInt8]) throws -> [UInt8]

    static func es256(_ kid: String = "ec-1") -> SigningKey {
        let key = P256.Signing.PrivateKey()
        let point = Array(key.publicKey.rawRepresentation)
        let jwk = [
            "kty": "EC", "crv": "P-256", "x": Base64URL.encode(Array(point[..<32])),
            "y": Base64URL.encode(Array(point[32...])),
        ]
        return SigningKey(kid: kid, algorithm: "ES256", jwk: jwk) {
            Array(try key.signature(for: $0).rawRepresentation)
        }
    }

    static func edDSA(_ kid: String = "ed-1") -> SigningKey {
        let key = Curve25519.Signing.PrivateKey()
        let jwk = ["kty": "OKP", "crv": "Ed25519", "x": Base64URL.encode(Array(key.publicKey.rawRepresentation))]
        return SigningKey(kid: kid, algorithm: "EdDSA", jwk: jwk) { Array(try key.signature(for: $0)) }
    }

    static func rs256(_ kid: String = "rsa-1", unsafeBits: Int = 2048) throws -> SigningKey {
        let key = try _RSA.Signing.PrivateKey(unsafeKeySize: .init(bitCount: unsafeBits))
        let numbers = try key.publicKey.getKeyPrimitives()
        let jwk = [
            "kty": "RSA", "n": Base64URL.encode(Array(numbers.modulus)),
            "e": Base64URL.encode(Array(numbers.publicExponent)),
        ]
        return SigningKey(kid: kid, algorithm: "RS256", jwk: jwk) {
            Array(try key.signature(for: $0, padding: .insecurePKCS1v1_5).rawRepresentation)
        }
    }

    /// The key of each algorithm that most tests share; making an RSA key takes a while.
    static let ec = es256()
    static let ed = edDSA()
    static let rsa = Result { try rs256() }

    /// The JWK with some members replaced or, with an empty text, taken out.
    func publicJWK(_ changes: [String: String] = [:]) -> String {
        let members = jwk.merging(["kid": kid, "use": "sig", "alg": algorithm]) { $1 }.merging(changes) { $1 }
        let texts = members.filter { !$0.value.isEmpty }.map { key, value in
            "\"\(key)\":" + (value.hasPrefix("[") ? value : "\"\(value)\"")
        }
        return "{" + texts.sorted().joined(separator: ",") + "}"
    }
}

func keySet(_ jwks: [String]) -> [UInt8] { Array(("{\"keys\":[" + jwks.joined(separator: ",") + "]}").utf8) }
func keySet(_ keys: SigningKey...) -> [UInt8] { keySet(keys.map { $0.publicJWK() }) }
