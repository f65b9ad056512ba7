import MartletCore
import MartletJSON

/// What stands for a person in records: a commitment to the name, which the vault can open until it has forgotten it.
///
/// `psn-` and the base64url text of the SHA-256 of an `IdentityDisclosure`. Subjects of a vault of an earlier release have `psn-`
/// and 32 random hex digits, which commit to nothing. Source: ADR-0032.
package struct Pseudonym: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String
    static let prefix = "psn-"

    /// Nil unless the text has one of the two forms.
    package init?(_ rawValue: String) {
        let rest = rawValue.utf8.dropFirst(Self.prefix.utf8.count)
        guard rawValue.hasPrefix(Self.prefix) else { return nil }
        switch rest.count {
        case 32: guard Hex.decode(rest) != nil else { return nil }
        case 43: guard Base64URL.decode(String(rawValue.dropFirst(Self.prefix.count)))?.count == 32 else { return nil }
        default: return nil
        }
        self.rawValue = rawValue
    }

    init(of disclosure: String) {
        rawValue = Self.prefix + Base64URL.encode(Digest(of: Array(disclosure.utf8)).bytes)
    }

    package var description: String { rawValue }
}
