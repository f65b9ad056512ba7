/// Base 64 with the URL and file name safe alphabet, without padding. Source: RFC 4648 section 5.
package enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// The text of `bytes`, never padded.
    package static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        append(bytes, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the text of `bytes`.
    static func append(_ bytes: [UInt8], to text: inout [UInt8]) { append(bytes, in: bytes.indices, to: &text) }

    /// Appends the text of the bytes in `range`.
    package static func append(_ bytes: [UInt8], in range: Range<Int>, to text: inout [UInt8]) {
        let alphabet = alphabet
        // Safe: as many characters as are counted are initialised, and read inside of the closure only.
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: (range.count * 4 + 2) / 3) { characters in
            var (buffer, bits, count): (UInt32, UInt32, Int) = (0, 0, 0)
            for byte in bytes[range] {
                buffer = buffer << 8 | UInt32(byte)
                bits += 8
                while bits >= 6 {
                    bits -= 6
                    unsafe characters[count] = alphabet[Int(buffer >> bits & 63)]
                    count += 1
                }
            }
            if bits > 0 {
                unsafe characters[count] = alphabet[Int(buffer << (6 - bits) & 63)]
                count += 1
            }
            unsafe text.append(contentsOf: UnsafeBufferPointer(rebasing: characters[..<count]))
        }
    }

    /// The bytes of `text`; nil on padding, another character, an impossible length, or bits left over that are not 0.
    ///
    /// So each sequence of bytes has one text only.
    package static func decode(_ text: String) -> [UInt8]? {
        guard text.utf8.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count * 3 / 4)
        var (buffer, bits): (UInt32, UInt32) = (0, 0)
        for character in text.utf8 {
            guard let value = value(of: character) else { return nil }
            buffer = buffer << 6 | value
            bits += 6
            guard bits >= 8 else { continue }
            bits -= 8
            bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
        }
        return buffer & (1 << bits - 1) == 0 ? bytes : nil
    }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
