/// Writes text as JSON strings: only what must be escaped is. Source: RFC 8785 section 3.2.2.2.
enum EscapedText {
    /// Appends `text` between quotes; in one piece when nothing in it needs escaping, which is the usual case.
    static func append(_ text: String, to output: inout [UInt8]) {
        // Safe: the buffer is read inside of the closure only.
        let isWritten: Void? = unsafe text.utf8.withContiguousStorageIfAvailable { unsafe append($0, to: &output) }
        if isWritten == nil { append(escaping: text.utf8, to: &output) }
    }

    /// Appends `text` between quotes; in one piece when nothing in it needs escaping.
    static func append(_ text: StaticString, to output: inout [UInt8]) {
        // Safe: the buffer is read inside of the closure only.
        text.withUTF8Buffer { unsafe append($0, to: &output) }
    }

    @inline(__always)
    private static func append(_ text: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        guard unsafe PlainText.isWhole(text.span) else { return unsafe append(escaping: text, to: &output) }
        output.append(ASCII.quote)
        unsafe output.append(contentsOf: text)
        output.append(ASCII.quote)
    }

    /// Appends `text` between quotes.
    static func append(escaping text: some Sequence<UInt8>, to output: inout [UInt8]) {
        output.append(ASCII.quote)
        for byte in text {
            if byte >= 0x20, byte != ASCII.quote, byte != ASCII.backslash {
                output.append(byte)
            } else {
                appendEscape(byte, to: &output)
            }
        }
        output.append(ASCII.quote)
    }

    private static func appendEscape(_ byte: UInt8, to output: inout [UInt8]) {
        output.append(ASCII.backslash)
        switch byte {
        case 0x08: output.append(UInt8(ascii: "b"))
        case 0x09: output.append(UInt8(ascii: "t"))
        case 0x0A: output.append(UInt8(ascii: "n"))
        case 0x0C: output.append(UInt8(ascii: "f"))
        case 0x0D: output.append(UInt8(ascii: "r"))
        case ASCII.quote, ASCII.backslash: output.append(byte)
        default:
            output.append(contentsOf: "u00".utf8)
            output.append(ASCII.zero + byte >> 4)
            output.append(byte & 15 < 10 ? 0x30 + byte & 15 : 0x57 + byte & 15)
        }
    }
}
