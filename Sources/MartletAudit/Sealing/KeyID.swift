import MartletCore

/// The name under which records speak of a key that seals values. It says nothing about the key or about whose it is.
///
/// `dk-` and 24 hex digits for the key of one subject and quarter, `k-` and 16 for the one key of earlier releases.
package struct KeyID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String

    /// Nil unless the text has 1 to 64 bytes of `[A-Za-z0-9-]`.
    package init?(_ rawValue: String) {
        guard (1...64).contains(rawValue.utf8.count), rawValue.utf8.allSatisfy(Self.isAllowed) else { return nil }
        self.rawValue = rawValue
    }

    /// The name of a new data key, from 12 random bytes.
    init(dataKey random: [UInt8]) { rawValue = Self.dataPrefix + Hex.encode(random) }

    /// The name of the key in the key file, from a digest of it.
    init(rootKey digest: Digest) { rawValue = "k-" + Hex.encode(digest.bytes.prefix(8)) }

    /// Whether it names a key of one subject and quarter, which the vault must have.
    package var isDataKey: Bool { rawValue.hasPrefix(Self.dataPrefix) }

    package var description: String { rawValue }
    private static let dataPrefix = "dk-"

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
