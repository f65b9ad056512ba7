import Crypto

/// The name and public Ed25519 key under which notes are signed, in the forms of C2SP signed-note.
struct NoteKey: Hashable, Sendable {
    private static let ed25519: UInt8 = 0x01
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
        let parts = Array(text.utf8).split(separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let key = Base64.decode(parts[2]), key.first == Self.ed25519 else { return nil }
        self.init(name: String(decoding: parts[0], as: UTF8.self), publicKey: Array(key.dropFirst()))
        guard parts[1].elementsEqual(hexHash.utf8) else { return nil }
    }

    var text: String { "\(name)+\(hexHash)+\(Base64.encode([Self.ed25519] + publicKey))" }

    /// The first four bytes of SHA-256(name, newline, 0x01, public key).
    var hash: [UInt8] {
        let content = Array(name.utf8) + [UInt8(ascii: "\n"), Self.ed25519] + publicKey
        return Array(SHA256.hash(data: content).prefix(4))
    }

    private var hexHash: String {
        hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
