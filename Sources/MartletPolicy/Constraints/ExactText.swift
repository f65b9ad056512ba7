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
