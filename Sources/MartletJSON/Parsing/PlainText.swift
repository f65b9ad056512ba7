/// Runs of string bytes that stand for themselves: printable ASCII but the quote and the backslash.
enum PlainText {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// The offset of the first byte at or behind `start` that is not plain; eight at a time.
    @inline(__always)
    static func end(in bytes: [UInt8], from start: Int) -> Int { end(in: bytes.span, from: start) }

    @inline(__always)
    static func end(in bytes: Span<UInt8>, from start: Int) -> Int {
        // Safe: the view lives as long as this call, and so do the bytes.
        let words = unsafe bytes.bytes
        var cursor = start
        while cursor &+ 8 <= bytes.count {
            // Safe: the load checks its bounds, and any bits are a UInt64.
            let word = unsafe words.unsafeLoadUnaligned(fromByteOffset: cursor, as: UInt64.self)
            let found = special(UInt64(littleEndian: word))
            guard found == 0 else { return cursor &+ found.trailingZeroBitCount / 8 }
            cursor &+= 8
        }
        while cursor < bytes.count, isPlain(bytes[cursor]) { cursor += 1 }
        return cursor
    }

    /// Whether every byte is plain. Words overlap at the end, so that no byte is looked at by itself but those of very
    /// short texts.
    @inline(__always)
    static func isWhole(_ bytes: Span<UInt8>) -> Bool {
        let count = bytes.count
        // Safe: the view lives as long as this call, and so do the bytes.
        let words = unsafe bytes.bytes
        if count >= 8 {
            var cursor = 0
            while cursor &+ 8 < count {
                guard isPlain(wordAt: cursor, words) else { return false }
                cursor &+= 8
            }
            return isPlain(wordAt: count &- 8, words)
        }
        for index in 0..<count where !isPlain(bytes[index]) { return false }
        return true
    }

    @inline(__always)
    private static func isPlain(wordAt offset: Int, _ bytes: RawSpan) -> Bool {
        // Safe: the load checks its bounds, and any bits are a UInt64.
        unsafe special(bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)) == 0
    }

    @inline(__always)
    static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x80 && byte != ASCII.quote && byte != ASCII.backslash
    }

    /// Bit 7 of the lowest byte that is not plain, and perhaps of bytes above that one, which are to be ignored.
    @inline(__always)
    private static func special(_ word: UInt64) -> UInt64 {
        let quote = word ^ ones &* UInt64(ASCII.quote)
        let backslash = word ^ ones &* UInt64(ASCII.backslash)
        let matches = (quote &- ones) & ~quote | (backslash &- ones) & ~backslash
        return (matches | (word &- ones &* 0x20) & ~word | word) & highs
    }
}
