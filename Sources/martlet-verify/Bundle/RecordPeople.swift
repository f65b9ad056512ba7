import MartletJSON
import MartletTransparency

/// The pseudonyms under which records speak of people.
enum RecordPeople {
    /// Every text of a record that has the form of one, and every such word of a text: the filter of an `audit.read` names
    /// people as `agent=psn-…`.
    static func pseudonyms(of value: JSONValue) -> Set<String> {
        switch value.kind {
        case .string:
            let words = (value.string ?? "").split { " =,".contains($0) }.map(String.init)
            return Set(words.filter { $0.hasPrefix(prefix) && $0.utf8.count == prefix.utf8.count + 43 })
        case .object: return value.members.reduce(into: []) { $0.formUnion(pseudonyms(of: $1.value)) }
        case .array: return value.elements.reduce(into: []) { $0.formUnion(pseudonyms(of: $1)) }
        case .number, .boolean, .null: return []
        }
    }

    /// The pseudonym that a disclosure opens. Source: ADR-0032; RFC 9901, section 4.2.3.
    static func pseudonym(opening disclosure: String) -> String {
        prefix + Base64URL.encode(FileDigest.bytes(Array(disclosure.utf8)))
    }

    private static let prefix = "psn-"
}
