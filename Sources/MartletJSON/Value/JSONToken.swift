/// One value or key on the tape: 16 bytes, no reference.
///
/// An object's keys and values alternate behind it; `next` leads past everything inside a value.
struct JSONToken: Sendable {
    enum Form: UInt32 {
        case null, `false`, `true`, number, string, array, object
    }

    /// First byte and the byte past the last one; a string's without the quotes, a container's with its brackets.
    var start: UInt32
    var end: UInt32
    /// Index on the tape of the first token past this value. While a container is open: the index of its parent.
    var next: UInt32
    /// Form in bits 0 to 2, "has escapes" in bit 3, number of elements or members above.
    private var info: UInt32

    init(_ form: Form, start: Int, end: Int, next: Int, hasEscapes: Bool = false) {
        self.start = UInt32(truncatingIfNeeded: start)
        self.end = UInt32(truncatingIfNeeded: end)
        self.next = UInt32(truncatingIfNeeded: next)
        info = form.rawValue | (hasEscapes ? 8 : 0)
    }

    /// Reads the bits; the value 7 is never written.
    var form: Form { Form(rawValue: info & 7) ?? .null }
    var hasEscapes: Bool { info & 8 != 0 }
    var isContainer: Bool { info & 7 >= Form.array.rawValue }
    var isObject: Bool { info & 7 == Form.object.rawValue }
    var isString: Bool { info & 7 == Form.string.rawValue }
    var count: Int { Int(info >> 4) }
    var length: UInt32 { end &- start }
    var range: Range<Int> { Int(start)..<Int(end) }
    /// The range with a string's quotes.
    var written: Range<Int> { isString ? Int(start) - 1..<Int(end) + 1 : range }

    mutating func countOne() { info &+= 16 }
}
