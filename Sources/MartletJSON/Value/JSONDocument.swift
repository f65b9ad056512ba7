/// The bytes of one document and the tape of its values, in document order.
///
/// A class, so that a cursor costs one reference. Immutable: cursors may go to any task.
final class JSONDocument: Sendable {
    let bytes: [UInt8]
    let tape: [JSONToken]
    /// No whitespace between tokens and no escape anywhere: any value's bytes are already its serialised form.
    let isCompact: Bool

    init(bytes: [UInt8], tape: [JSONToken], isCompact: Bool) {
        self.bytes = bytes
        self.tape = tape
        self.isCompact = isCompact
    }

    /// The bytes of a token as they stand in the document, strings without their quotes.
    func text(of token: JSONToken) -> ArraySlice<UInt8> { bytes[token.range] }

    /// The bytes of a string or key after unescaping.
    func unescaped(_ token: JSONToken) -> UnescapedBytes { UnescapedBytes(bytes, token.range) }
}
