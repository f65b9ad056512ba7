/// Why a note was refused.
package enum NoteError: Error, Hashable, Sendable {
    /// Not a text, an empty line and signature lines; or control characters, or more than 100 signatures.
    case malformed
    /// No signature carries this verifier's name and key.
    case notSigned(by: String)
    /// A signature carries this verifier's name and key, and is not valid.
    case invalidSignature(of: String)
    /// The crypto library could not sign.
    case signingFailed
}

/// A text with signature lines, not yet verified. Source: C2SP signed-note.
package struct SignedNote: Sendable {
    struct Signature {
        let name: ArraySlice<UInt8>
        /// Four bytes of key hash, then the signature itself.
        let blob: [UInt8]
    }
    private static let newline = UInt8(ascii: "\n")
    /// An em dash and a space.
    static let lineStart: [UInt8] = [0xE2, 0x80, 0x94, 0x20]
    static let maximumSignatures = 100

    /// The signed text, with its last newline.
    package let text: String
    let signatures: [Signature]

    package init(_ note: String) throws(NoteError) {
        let bytes = Array(note.utf8)
        guard Self.isSignable(bytes), let end = Self.endOfText(bytes) else { throw .malformed }
        var signatures: [Signature] = []
        for line in bytes[(end + 1)...].dropLast().split(separator: Self.newline, omittingEmptySubsequences: false) {
            guard let signature = Self.signature(line), signatures.count < Self.maximumSignatures else {
                throw .malformed
            }
            signatures.append(signature)
        }
        text = String(decoding: bytes[..<end], as: UTF8.self)
        self.signatures = signatures
    }

    /// Whether `bytes` end in a newline and hold no other control character.
    static func isSignable(_ bytes: [UInt8]) -> Bool {
        bytes.last == newline && bytes.allSatisfy { $0 >= 0x20 || $0 == newline }
    }

    /// The index after the text: that of the newline which makes the last empty line.
    private static func endOfText(_ bytes: [UInt8]) -> Int? {
        bytes.indices.dropFirst().last { bytes[$0] == newline && bytes[$0 - 1] == newline && $0 + 1 < bytes.count }
    }

    private static func signature(_ line: ArraySlice<UInt8>) -> Signature? {
        guard line.starts(with: lineStart) else { return nil }
        let parts = line.dropFirst(lineStart.count)
            .split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[0].contains(UInt8(ascii: "+")),
            let blob = Base64.decode(parts[1]), blob.count > 4
        else { return nil }
        return Signature(name: parts[0], blob: blob)
    }
}
