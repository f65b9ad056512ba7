import Crypto

/// The name and public Ed25519 key under which notes are signed, in the forms of C2SP signed-note.
struct NoteKey: Hashable, Sendable {
    /// Signs the text of a note.
    static let ed25519: UInt8 = 0x01
    /// Signs the text and a time. Source: C2SP tlog-cosignature, "Format".
    static let cosignature: UInt8 = 0x04
    let name: String
    let algorithm: UInt8
    let publicKey: [UInt8]

    init?(name: String, publicKey: [UInt8], algorithm: UInt8 = ed25519) {
        guard !name.isEmpty, publicKey.count == 32,
            name.unicodeScalars.allSatisfy({ !$0.properties.isWhitespace && $0 != "+" && $0.value > 0x20 })
        else { return nil }
        self.name = name
        self.algorithm = algorithm
        self.publicKey = publicKey
    }

    /// Reads `<name>+<key hash>+<base64>`; nil when the hash does not belong to name and key.
    init?(text: String, algorithm: UInt8 = ed25519) {
        guard let parts = Self.parts(of: text.utf8[...], algorithm) else { return nil }
        self.init(name: parts.name, publicKey: parts.key, algorithm: algorithm)
        guard hexHash.utf8.elementsEqual(parts.hash) else { return nil }
    }

    /// Name, key hash as written, and the key without its algorithm byte, which must be this one.
    static func parts(
        of text: Substring.UTF8View, _ algorithm: UInt8 = ed25519
    ) -> (name: String, hash: [UInt8], key: [UInt8])? {
        let parts = Array(text).split(separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let key = Base64.decode(parts[2]), key.first == algorithm else { return nil }
        return (String(decoding: parts[0], as: UTF8.self), Array(parts[1]), Array(key.dropFirst()))
    }

    var text: String { "\(name)+\(hexHash)+\(Base64.encode([algorithm] + publicKey))" }

    /// The first four bytes of SHA-256(name, newline, algorithm, public key).
    var hash: [UInt8] {
        let content = Array(name.utf8) + [UInt8(ascii: "\n"), algorithm] + publicKey
        return Array(SHA256.hash(data: content).prefix(4))
    }

    var hexHash: String {
        hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
