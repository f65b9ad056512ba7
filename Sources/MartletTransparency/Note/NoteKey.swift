import Crypto

/// The name and public Ed25519 key under which notes are signed, in the forms of C2SP signed-note.
struct NoteKey: Hashable, Sendable {
    static let ed25519: UInt8 = 0x01
    let name: String
    let publicKey: [UInt8]

    init?(name: String, publicKey: [UInt8]) {
        guard !name.isEmpty, publicKey.count == 32,
            name.unicodeScalars.allSatisfy({ !$0.properties.isWhitespace && $0 != "+" && $0.value > 0x20 })
        else { return nil }
        self.name = name
        self.publicKey = publicKey
    }

    /// Reads `<name>+<key hash>+<base64>`; nil when the hash does not belong to name and key.
    init?(text: String) {
        guard let parts = Self.parts(of: text.utf8[...]) else { return nil }
        self.init(name: parts.name, publicKey: parts.key)
        guard hexHash.utf8.elementsEqual(parts.hash) else { return nil }
    }

    /// Name, key hash as written, and the key without its algorithm byte, which must be Ed25519.
    static func parts(of text: Substring.UTF8View) -> (name: String, hash: [UInt8], key: [UInt8])? {
        let parts = Array(text).split(separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let key = Base64.decode(parts[2]), key.first == ed25519 else { return nil }
        return (String(decoding: parts[0], as: UTF8.self), Array(parts[1]), Array(key.dropFirst()))
    }

    var text: String { "\(name)+\(hexHash)+\(Base64.encode([Self.ed25519] + publicKey))" }

    /// The first four bytes of SHA-256(name, newline, 0x01, public key).
    var hash: [UInt8] {
        let content = Array(name.utf8) + [UInt8(ascii: "\n"), Self.ed25519] + publicKey
        return Array(SHA256.hash(data: content).prefix(4))
    }

    var hexHash: String {
        hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
