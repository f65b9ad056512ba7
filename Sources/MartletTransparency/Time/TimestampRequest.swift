import Crypto

/// Asks a timestamp authority to sign when some bytes existed, and reads whether it did. Source: RFC 3161, section 2.4.
///
/// What is checked here is that the answer is about these bytes and this request. Whether its signature is that of an
/// authority somebody trusts is checked by whoever uses it (`openssl ts -verify`).
package struct TimestampRequest: Hashable, Sendable {
    /// SHA-256 of the bytes, as the authority sees it: never the bytes themselves.
    private let imprint: [UInt8]
    private let nonce: [UInt8]

    package enum Refusal: Error, Hashable, Sendable {
        /// Not the structure of a response.
        case malformed
        /// The authority says no: its PKIStatus.
        case notGranted(status: UInt8)
        /// A token for other bytes, or of another request.
        case foreign
    }

    /// `nonce` are 8 random bytes.
    package init(of bytes: [UInt8], nonce: [UInt8]) {
        imprint = Self.imprint(of: bytes)
        // Positive, and without leading zeros whatever was drawn.
        self.nonce = DER.item(0x02, [0x40 | (nonce.first ?? 0) & 0x3F] + nonce.dropFirst())
    }

    private static func imprint(of bytes: [UInt8]) -> [UInt8] {
        DER.sequence(sha256 + DER.item(0x04, Array(SHA256.hash(data: bytes))))
    }

    /// AlgorithmIdentifier of SHA-256, with the NULL that older authorities expect.
    private static let sha256 = DER.sequence(
        [0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00])

    /// TimeStampReq: version 1, the imprint, the nonce, and the wish for the authority's certificate.
    package var bytes: [UInt8] { DER.sequence([0x02, 0x01, 0x01] + imprint + nonce + [0x01, 0x01, 0xFF]) }

    /// Checks a TimeStampResp: granted, with a token that holds the imprint and the nonce of this request.
    package func check(_ response: [UInt8]) throws(Refusal) {
        let token = try Self.token(of: response)
        guard Self.contains(imprint, in: token), Self.contains(nonce, in: token) else { throw .foreign }
    }

    /// Checks a TimeStampResp that is kept: granted, with a token that holds the imprint of `bytes`.
    package static func check(kept response: [UInt8], for bytes: [UInt8]) throws(Refusal) {
        guard contains(imprint(of: bytes), in: try token(of: response)) else { throw .foreign }
    }

    /// The token of a response that grants one.
    private static func token(of response: [UInt8]) throws(Refusal) -> ArraySlice<UInt8> {
        guard let outer = DER.content(of: 0x30, in: response[...]), outer.rest.isEmpty,
            let info = DER.content(of: 0x30, in: outer.content), let status = DER.content(of: 0x02, in: info.content),
            status.content.count == 1, let code = status.content.first
        else { throw .malformed }
        guard code <= 1 else { throw .notGranted(status: code) }
        guard DER.content(of: 0x30, in: info.rest)?.rest.isEmpty == true else { throw .malformed }
        return info.rest
    }

    private static func contains(_ part: [UInt8], in bytes: ArraySlice<UInt8>) -> Bool {
        guard part.count <= bytes.count else { return false }
        return bytes.indices.dropLast(part.count - 1).contains { bytes[$0...].starts(with: part) }
    }
}

/// The little of DER that a request and the frame of its answer need. Source: X.690, sections 8.1 and 10.1.
private enum DER {
    static func sequence(_ content: [UInt8]) -> [UInt8] { item(0x30, content) }

    static func item(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        // Everything that is written here is shorter than 128 bytes.
        [tag, UInt8(truncatingIfNeeded: content.count)] + content
    }

    /// The content of the item that `bytes` begin with, and what follows it; nil when it is another one or cut short.
    static func content(
        of tag: UInt8, in bytes: ArraySlice<UInt8>
    ) -> (content: ArraySlice<UInt8>, rest: ArraySlice<UInt8>)? {
        var rest = bytes
        guard rest.popFirst() == tag, let first = rest.popFirst() else { return nil }
        var length = Int(first)
        if first >= 0x80 {
            let width = Int(first & 0x7F)
            guard (1...4).contains(width), rest.count >= width else { return nil }
            length = rest.prefix(width).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(width)
        }
        guard length <= rest.count else { return nil }
        return (rest.prefix(length), rest.dropFirst(length))
    }
}
