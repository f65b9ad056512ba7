import MartletJSON

/// Selects values inside the arguments of a call: an RFC 6901 JSON Pointer in which `*` stands for every element of an
/// array or every member of an object.
package struct ArgumentPath: Hashable, Sendable, CustomStringConvertible {
    enum Step: Hashable, Sendable {
        case each
        case member(ExactText)
    }

    let steps: [Step]
    private let text: ExactText

    /// Reads `/vendor_id`, `/invoice/amount` or `/payments/*/amount`; nil when the text is no pointer, or points at
    /// the whole.
    package init?(_ text: String) {
        guard let pointer = JSONPointer(text), !pointer.tokens.isEmpty else { return nil }
        self.text = ExactText(text)
        steps = pointer.tokens.map { $0 == "*" ? .each : .member(ExactText($0)) }
    }

    package var description: String { text.text }
}
