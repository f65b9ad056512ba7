/// Whether a part of a document is a text, byte for byte; eight at a time.
enum SameBytes {
    @inline(__always)
    static func hold(_ range: Range<Int>, of document: [UInt8], _ text: Span<UInt8>) -> Bool {
        guard range.count == text.count else { return false }
        let document = document.span
        // Safe: the views live as long as this call, and so do the bytes.
        let (ours, theirs) = unsafe (document.bytes, text.bytes)
        let start = range.lowerBound
        var cursor = 0
        while cursor &+ 8 <= text.count {
            guard word(ours, at: start &+ cursor) == word(theirs, at: cursor) else { return false }
            cursor &+= 8
        }
        while cursor < text.count {
            guard document[start &+ cursor] == text[cursor] else { return false }
            cursor &+= 1
        }
        return true
    }

    @inline(__always)
    private static func word(_ bytes: RawSpan, at offset: Int) -> UInt64 {
        // Safe: the load checks its bounds, and any bits are a UInt64.
        unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }
}
