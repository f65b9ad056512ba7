package import MartletCore

/// The name of one approval request, as agents and approvers quote it: `apr_` and 26 characters of `[a-z2-7]`.
///
/// 130 random bits: it cannot be guessed, and it is still no credential (knowing it neither approves nor runs anything).
/// Alphabet: RFC 4648, section 6, in lower case.
package struct TicketID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String

    /// Makes a new ticket from 26 bytes of `random`, five bits of each.
    package init(random: any RandomSource) {
        let characters = random.bytes(Self.length).map { Self.alphabet[Int($0 & 0x1F)] }
        rawValue = Self.prefix + String(decoding: characters, as: UTF8.self)
    }

    package init?(_ rawValue: String) {
        guard rawValue.utf8.starts(with: Self.prefix.utf8) else { return nil }
        let body = rawValue.utf8.dropFirst(Self.prefix.utf8.count)
        guard body.count == Self.length, body.allSatisfy({ Self.alphabet.contains($0) }) else { return nil }
        self.rawValue = rawValue
    }

    package var description: String { rawValue }

    private static let prefix = "apr_"
    private static let length = 26
    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
}
