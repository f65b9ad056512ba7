extension JSONParser {
    /// Reads a string or key from its opening quote to past its closing one.
    mutating func string(isKey: Bool) throws(JSONError) {
        let start = position + 1
        var cursor = PlainText.end(in: bytes, from: start)
        var hasEscapes = false
        while cursor < bytes.count {
            let byte = bytes[cursor]
            if byte == ASCII.quote {
                return try finishString(start..<cursor, hasEscapes: hasEscapes)
            } else if PlainText.isPlain(byte) {
                cursor = PlainText.end(in: bytes, from: cursor + 1)
            } else if byte == ASCII.backslash {
                hasEscapes = true
                cursor = try escapeEnd(at: cursor, isKey: isKey)
            } else {
                guard byte >= 0x20 else { throw .controlCharacter(offset: cursor) }
                cursor = try sequenceEnd(at: cursor)
            }
        }
        throw .unexpectedEnd(offset: cursor)
    }

    private mutating func finishString(_ range: Range<Int>, hasEscapes: Bool) throws(JSONError) {
        guard range.count <= limits.maximumStringBytes else { throw .stringTooLong(offset: range.lowerBound - 1) }
        position = range.upperBound + 1
        if hasEscapes { isCompact = false }
        try append(
            JSONToken(
                .string, start: range.lowerBound, end: range.upperBound, next: tape.count + 1, hasEscapes: hasEscapes))
    }

    /// The offset past the escape at `offset`; a surrogate pair is one escape.
    private func escapeEnd(at offset: Int, isKey: Bool) throws(JSONError) -> Int {
        guard offset + 1 < bytes.count else { throw .unexpectedEnd(offset: bytes.count) }
        switch bytes[offset + 1] {
        case UInt8(ascii: "u"): break
        case ASCII.quote, ASCII.backslash, UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return offset + 2
        default: throw .invalidEscape(offset: offset)
        }
        let unit = try codeUnit(at: offset)
        if isKey, unit == 0, !limits.allowsNulInKeys { throw .nulInKey(offset: offset) }
        guard unit & 0xF800 == 0xD800 else { return offset + 6 }
        guard unit < 0xDC00, offset + 7 < bytes.count, bytes[offset + 6] == ASCII.backslash,
            bytes[offset + 7] == UInt8(ascii: "u"), try codeUnit(at: offset + 6) & 0xFC00 == 0xDC00
        else { throw .loneSurrogate(offset: offset) }
        return offset + 12
    }

    /// The value of the `\uXXXX` whose backslash is at `offset`.
    private func codeUnit(at offset: Int) throws(JSONError) -> UInt32 {
        guard offset + 6 <= bytes.count else { throw .unexpectedEnd(offset: bytes.count) }
        var unit: UInt32 = 0
        for index in offset + 2..<offset + 6 {
            guard let digit = ASCII.hexValue(bytes[index]) else { throw .invalidEscape(offset: offset) }
            unit = unit << 4 | digit
        }
        return unit
    }

    /// The offset past the multi-byte UTF-8 sequence at `offset`. Source: RFC 3629 section 4; Unicode table 3-7.
    private func sequenceEnd(at offset: Int) throws(JSONError) -> Int {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch bytes[offset] {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw .invalidUTF8(offset: offset)
        }
        guard offset + length <= bytes.count, second.contains(bytes[offset + 1]) else {
            throw .invalidUTF8(offset: offset)
        }
        for index in offset + 2..<max(offset + 2, offset + length) {
            guard bytes[index] & 0xC0 == 0x80 else { throw .invalidUTF8(offset: offset) }
        }
        return offset + length
    }
}
