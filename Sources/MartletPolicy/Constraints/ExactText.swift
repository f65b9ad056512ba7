/// A text compared byte for byte.
///
/// `String` compares by Unicode equivalence, so two spellings that an upstream tells apart would be one value here.
package struct ExactText: Hashable, Sendable, CustomStringConvertible {
    package let text: String
    package init(_ text: String) { self.text = text }

    package var description: String { text }

    package static func == (left: ExactText, right: ExactText) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    /// Equal bytes are equal strings, so the string's own hash agrees with `==`; it is fast for ASCII.
    package func hash(into hasher: inout Hasher) { hasher.combine(text) }

    func hasPrefix(_ prefix: ExactText) -> Bool { text.utf8.starts(with: prefix.text.utf8) }
}

extension ExactText {
    /// Whether a reader that ignores case could take `other` for this name, though the bytes differ.
    func isResembled(by other: String) -> Bool {
        guard !other.utf8.elementsEqual(text.utf8) else { return false }
        guard other.utf8.allSatisfy({ $0 < 0x80 }) else {
            return Self.folded(other).utf8.elementsEqual(Self.folded(text).utf8)
        }
        return other.utf8.count == text.utf8.count && zip(other.utf8, text.utf8).allSatisfy { $0.lowered == $1.lowered }
    }

    /// Both foldings, so that the long s and the Kelvin sign meet their letters.
    private static func folded(_ text: String) -> String { text.uppercased().lowercased() }
}

extension UInt8 {
    fileprivate var lowered: UInt8 { (0x41...0x5A).contains(self) ? self | 0x20 : self }
}
