import Crypto
import MartletCore

/// The one bearer token of a request, as bytes that were not verified yet.
///
/// It stays inside this module and converts to nothing that an upstream could be sent. Only the `Authorization` header
/// is read; a token in a query string or body is never looked at. Source: RFC 6750, section 2.1; MCP 2026-07-28,
/// Authorization, "Token Requirements".
struct IngressCredential: Sendable {
    static let maximumBytes = 8192

    let token: [UInt8]
    let digest: TokenDigest

    init(authorization: [String]) throws(AuthenticationFailure) {
        guard let value = authorization.first else { throw .missingToken }
        guard authorization.count == 1 else { throw .ambiguousCredential }
        let bytes = Array(value.utf8)
        guard let start = Self.tokenStart(bytes) else { throw .unsupportedScheme }
        guard bytes.count - start <= Self.maximumBytes else { throw .tokenTooLarge }
        guard start < bytes.count, Self.isToken68(bytes[start...]) else { throw .malformedToken }
        token = Array(bytes[start...])
        digest = TokenDigest(of: token)
    }

    /// Where the token begins: after `Bearer`, in any case, and at least one space.
    ///
    /// Source: RFC 9110, section 11.4: `auth-scheme 1*SP token68`.
    static func tokenStart(_ bytes: some RandomAccessCollection<UInt8>) -> Int? {
        guard bytes.count > 6 else { return nil }
        for (byte, letter) in zip(bytes, "bearer".utf8) where byte | 0x20 != letter { return nil }
        let rest = bytes.dropFirst(6)
        let spaces = rest.prefix { $0 == UInt8(ascii: " ") }.count
        return spaces == 0 ? nil : 6 + spaces
    }

    /// Source: RFC 9110, section 11.2.
    private static func isToken68(_ bytes: ArraySlice<UInt8>) -> Bool {
        let padding = bytes.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        let body = bytes.dropLast(padding)
        return !body.isEmpty && body.allSatisfy(isToken68Byte)
    }

    private static func isToken68Byte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"):
            true
        default: false
        }
    }
}

/// SHA-256 of a whole token as four words: the key of the token cache, without an array behind it.
///
/// Comparing it need not take constant time: it is public, and its preimage is the secret.
struct TokenDigest: Hashable, Sendable {
    let words: (UInt64, UInt64, UInt64, UInt64)

    init(of token: [UInt8]) {
        self.init(SHA256.hash(data: token))
    }

    init(_ hash: SHA256.Digest) {
        words = hash.withUnsafeBytes { bytes in
            (
                bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
                bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
                bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self),
                bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
            )
        }
    }

    static func == (left: TokenDigest, right: TokenDigest) -> Bool { left.words == right.words }

    /// One word is enough: only tokens that an issuer signed get into the cache, and the hasher is seeded.
    func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}
