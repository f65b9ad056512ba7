import JWTKit
import MartletJSON

/// The keys of one issuer that may verify a token, by `kid` and algorithm.
///
/// Keys for other uses, algorithms or curves are left out; a set with two keys for one name, or with a private part, is
/// refused as a whole. Source: RFC 7517, sections 4 and 5; RFC 7518, section 6; RFC 8037, section 2.
struct KeySet: Sendable {
    static let maximumBytes = 256 * 1024
    static let maximumKeys = 64

    struct Name: Hashable, Sendable {
        let keyID: String
        let algorithm: SignatureAlgorithm
    }

    private let verifiers: [Name: any JWTAlgorithm]
    private let material: [Name: KeyMaterial]
    private let keyIDs: Set<String>

    init(_ bytes: [UInt8]) async throws(JWKSError) {
        var material: [Name: KeyMaterial] = [:]
        for object in try Self.objects(bytes) {
            guard let (name, key) = try Self.key(object) else { continue }
            guard material.updateValue(key, forKey: name) == nil else { throw .duplicateKey(keyID: name.keyID) }
        }
        var verifiers: [Name: any JWTAlgorithm] = [:]
        for (name, key) in material { verifiers[name] = await key.verifier() }
        guard !verifiers.isEmpty else { throw .noUsableKey }
        self.material = material
        self.verifiers = verifiers
        keyIDs = Set(verifiers.keys.map(\.keyID))
    }

    func verifier(_ name: Name) -> (any JWTAlgorithm)? { verifiers[name] }
    func contains(keyID: String) -> Bool { keyIDs.contains(keyID) }
    func hasSameKeys(as other: KeySet) -> Bool { material == other.material }

    private static func objects(_ bytes: [UInt8]) throws(JWKSError) -> [JSONValue] {
        guard bytes.count <= maximumBytes else { throw .tooLarge }
        let document: JSONValue
        do {
            document = try JSONValue.parse(bytes)
        } catch {
            throw .malformed
        }
        guard let keys = document.member("keys"), keys.kind == .array else { throw .malformed }
        guard keys.count <= maximumKeys else { throw .tooLarge }
        return Array(keys.elements)
    }

    /// The name and material of one key, or nil when it is not for us.
    private static func key(_ object: JSONValue) throws(JWKSError) -> (Name, KeyMaterial)? {
        guard object.kind == .object, let type = object.member("kty")?.string else { throw .malformed }
        guard let keyID = object.member("kid")?.string, (1...256).contains(keyID.utf8.count) else { return nil }
        guard isForVerification(object), let key = KeyMaterial(type: type, object) else { return nil }
        guard object.member("d") == nil else { throw .privateKey(keyID: keyID) }
        if let declared = object.member("alg"), declared.string != key.algorithm.rawValue { return nil }
        return (Name(keyID: keyID, algorithm: key.algorithm), key)
    }

    private static func isForVerification(_ object: JSONValue) -> Bool {
        if let use = object.member("use"), use.string != "sig" { return false }
        guard let operations = object.member("key_ops") else { return true }
        return operations.kind == .array && operations.elements.contains { $0.string == "verify" }
    }
}
