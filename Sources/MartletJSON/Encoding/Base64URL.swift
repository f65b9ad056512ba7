/// Base 64 with the URL and file name safe alphabet, without padding. Source: RFC 4648 section 5.
package enum Base64URL {
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
        let (source, rest) = (bytes[range], range.count % 3)
        // Safe: as many characters as are counted are initialised, and read inside of the closure only.
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: (range.count * 4 + 2) / 3) { characters in
            var (place, count) = (source.startIndex, 0)
            while place < source.endIndex - rest {
                let three = UInt32(source[place]) << 16 | UInt32(source[place + 1]) << 8 | UInt32(source[place + 2])
                unsafe characters[count] = character(three >> 18)
                unsafe characters[count + 1] = character(three >> 12)
                unsafe characters[count + 2] = character(three >> 6)
                unsafe characters[count + 3] = character(three)
                place += 3
                count += 4
            }
            if rest > 0 {
                let last = UInt32(source[place]) << 16 | (rest == 2 ? UInt32(source[place + 1]) << 8 : 0)
                unsafe characters[count] = character(last >> 18)
                unsafe characters[count + 1] = character(last >> 12)
                if rest == 2 { unsafe characters[count + 2] = character(last >> 6) }
                count += rest + 1
            }
            unsafe text.append(contentsOf: UnsafeBufferPointer(rebasing: characters[..<count]))
        }
    }

    /// The character of the lowest six bits; reckoned, since a table would be fetched and its bounds checked for each.
    @inline(__always)
    private static func character(_ bits: UInt32) -> UInt8 {
        let value = UInt8(truncatingIfNeeded: bits & 63)
        // From one run of the alphabet to the next: A-Z, a-z, 0-9, -, _.
        var offset = UInt8(ascii: "A")
        if value > 25 { offset &+= 6 }
        if value > 51 { offset &-= 75 }
        if value > 61 { offset &-= 13 }
        if value > 62 { offset &+= 49 }
        return value &+ offset
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
