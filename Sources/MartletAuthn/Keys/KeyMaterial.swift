import Crypto
import JWTKit
import MartletJSON

/// The public numbers of one key, of exactly the size its algorithm wants.
enum KeyMaterial: Hashable, Sendable {
    case p256(x: String, y: String)
    case ed25519(x: String)
    case rsa(modulus: String, exponent: String)

    /// Nil for a key type, curve or size that none of our algorithms uses.
    init?(type: String, _ object: JSONValue) {
        switch (type, object.member("crv")?.string) {
        case ("EC", "P-256"):
            guard let x = Self.number(object.member("x"), bytes: 32...32),
                let y = Self.number(object.member("y"), bytes: 32...32)
            else { return nil }
            self = .p256(x: x, y: y)
        case ("OKP", "Ed25519"):
            guard let x = Self.number(object.member("x"), bytes: 32...32) else { return nil }
            self = .ed25519(x: x)
        case ("RSA", nil):
            // 2048 to 8192 bits: below is too weak, above is a way to burn our time. NIST SP 800-131A.
            guard let modulus = Self.number(object.member("n"), bytes: 256...1024),
                let exponent = Self.number(object.member("e"), bytes: 3...4)
            else { return nil }
            self = .rsa(modulus: modulus, exponent: exponent)
        default: return nil
        }
    }

    var algorithm: SignatureAlgorithm {
        switch self {
        case .p256: .es256
        case .ed25519: .edDSA
        case .rsa: .rs256
        }
    }

    /// jwt-kit's verifier for exactly this key and algorithm; nil when the numbers are no valid key.
    ///
    /// A collection of one key each: jwt-kit falls back to a default key when it does not know a `kid`, and must not
    /// be able to.
    func verifier() async -> (any JWTAlgorithm)? {
        let keys = JWTKeyCollection()
        do {
            switch self {
            case .p256(let x, let y): await keys.add(ecdsa: try ES256PublicKey(parameters: (x, y)))
            case .ed25519(let x): await keys.add(eddsa: try EdDSA.PublicKey(x: x, curve: .ed25519))
            case .rsa(let modulus, let exponent):
                let key = try Insecure.RSA.PublicKey(modulus: modulus, exponent: exponent)
                await keys.add(rsa: key, digestAlgorithm: .sha256)
            }
            return try await keys.getKey()
        } catch {
            return nil
        }
    }

    private static func number(_ value: JSONValue?, bytes size: ClosedRange<Int>) -> String? {
        guard let text = value?.string, let bytes = Base64URL.decode(text), size.contains(bytes.count) else {
            return nil
        }
        return text
    }
}
