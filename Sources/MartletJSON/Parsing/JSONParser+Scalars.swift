extension JSONParser {
    /// Reads `true`, `false` or `null`; a wrong letter is reported at its own place.
    mutating func literal(_ text: String, _ form: JSONToken.Form) throws(JSONError) {
        let start = position
        for expected in text.utf8 {
            guard try peek() == expected else { throw .unexpectedByte(offset: position) }
            position += 1
        }
        try append(JSONToken(form, start: start, end: position, next: tape.count + 1))
    }

    /// Reads a number and keeps its text; no value is computed. Source: RFC 8259 section 6.
    mutating func number() throws(JSONError) {
        let start = position
        guard let end = JSONNumber.end(in: bytes, from: start) else { throw .invalidNumber(offset: start) }
        guard end - start <= limits.maximumNumberBytes else { throw .numberTooLong(offset: start) }
        position = end
        try append(JSONToken(.number, start: start, end: end, next: tape.count + 1))
    }
}

/// The number grammar.
enum JSONNumber {
    /// The offset past the number that starts at `start`; nil when a digit is missing or a zero leads.
    static func end(in bytes: [UInt8], from start: Int) -> Int? {
        var cursor = start
        if cursor < bytes.count, bytes[cursor] == ASCII.minus { cursor += 1 }
        let integer = cursor
        guard skipDigits(bytes, &cursor) else { return nil }
        guard bytes[integer] != ASCII.zero || cursor == integer + 1 else { return nil }
        if cursor < bytes.count, bytes[cursor] == ASCII.point {
            cursor += 1
            guard skipDigits(bytes, &cursor) else { return nil }
        }
        guard cursor < bytes.count, bytes[cursor] | 0x20 == UInt8(ascii: "e") else { return cursor }
        cursor += 1
        if cursor < bytes.count, bytes[cursor] == ASCII.plus || bytes[cursor] == ASCII.minus { cursor += 1 }
        return skipDigits(bytes, &cursor) ? cursor : nil
    }

    /// Moves past digits; false when there is none.
    @inline(__always)
    private static func skipDigits(_ bytes: [UInt8], _ cursor: inout Int) -> Bool {
        let start = cursor
        while cursor < bytes.count, ASCII.isDigit(bytes[cursor]) { cursor += 1 }
        return cursor > start
    }
}
