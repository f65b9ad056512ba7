/// Writes JSON without whitespace; sets commas and escapes, the caller opens and closes in pairs.
package struct JSONWriter: Sendable {
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// An empty writer with room for `capacity` bytes.
    package init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    package mutating func beginObject() { open(ASCII.openObject) }
    package mutating func endObject() { close(ASCII.closeObject) }
    package mutating func beginArray() { open(ASCII.openArray) }
    package mutating func endArray() { close(ASCII.closeArray) }

    /// Writes a member's key; its value follows.
    package mutating func key(_ key: String) {
        string(key)
        bytes.append(ASCII.colon)
        needsComma = false
    }

    package mutating func key(_ key: StaticString) {
        separate()
        EscapedText.append(key, to: &bytes)
        bytes.append(ASCII.colon)
        needsComma = false
    }

    package mutating func string(_ text: String) {
        separate()
        EscapedText.append(text, to: &bytes)
    }

    /// Writes `prefix` and the bytes in lower-case hexadecimal as one string; `prefix` is plain text.
    package mutating func string(_ prefix: StaticString, hex content: [UInt8]) {
        separate()
        bytes.append(ASCII.quote)
        // Safe: the buffer is read inside of the closure only.
        prefix.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
        EncodedBytes.append(hex: content, to: &bytes)
        bytes.append(ASCII.quote)
    }

    /// Writes the bytes as a string, encoded as ``Base64URL``.
    package mutating func string(base64URL content: [UInt8]) {
        separate()
        bytes.append(ASCII.quote)
        Base64URL.append(content, to: &bytes)
        bytes.append(ASCII.quote)
    }

    /// Writes a parsed value as ``JSONValue/serialized()`` gives it.
    package mutating func value(_ value: JSONValue) {
        separate()
        value.append(to: &bytes)
    }

    package mutating func number(_ number: Int) { self.number(Int64(number)) }

    package mutating func number(_ number: Int64) {
        separate()
        if number < 0 { bytes.append(ASCII.minus) }
        appendDigits(number.magnitude)
    }

    package mutating func number(_ number: UInt64) {
        separate()
        appendDigits(number)
    }

    /// Writes a number as it was read (``JSONValue/numberText``). Text that is no JSON number becomes `null`:
    /// nothing can be smuggled in here.
    package mutating func rawNumber(_ text: String) {
        separate()
        let digits = Array(text.utf8)
        let isNumber = !digits.isEmpty && JSONNumber.end(in: digits, from: 0) == digits.count
        bytes.append(contentsOf: isNumber ? digits : Array("null".utf8))
    }

    package mutating func bool(_ bool: Bool) {
        separate()
        bytes.append(contentsOf: bool ? "true".utf8 : "false".utf8)
    }

    package mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
    }

    /// Writes one value that is JSON already.
    package mutating func raw(_ json: [UInt8]) {
        separate()
        bytes.append(contentsOf: json)
    }
}

extension JSONWriter {
    package mutating func member(_ key: String, string: String) {
        self.key(key)
        self.string(string)
    }

    package mutating func member(_ key: String, int: Int64) {
        self.key(key)
        number(int)
    }

    package mutating func member(_ key: String, int: Int) { member(key, int: Int64(int)) }

    package mutating func member(_ key: String, int: UInt64) {
        self.key(key)
        number(int)
    }

    package mutating func member(_ key: String, bool: Bool) {
        self.key(key)
        self.bool(bool)
    }

    package mutating func member(_ key: String, value: JSONValue) {
        self.key(key)
        self.value(value)
    }

    /// The bytes are one value that is JSON already.
    package mutating func member(_ key: String, raw: [UInt8]) {
        self.key(key)
        self.raw(raw)
    }
}

extension JSONWriter {
    /// Writes the members of `object` in their order, but those named in `others`; makes no text of the keys.
    package mutating func members(of object: JSONValue, except others: [StaticString]) {
        let document = object.document
        var cursor = object.index + 1
        for _ in 0..<(object.token.isObject ? object.count : 0) {
            let key = document.tape[cursor]
            if !others.contains(where: { document.isText($0, of: key) }) {
                separate()
                document.appendScalar(key, to: &bytes)
                bytes.append(ASCII.colon)
                needsComma = false
                value(JSONValue(document, at: cursor + 1))
            }
            cursor = Int(document.tape[cursor + 1].next)
        }
    }
}

extension JSONWriter {
    /// Sets the comma between two items, and marks that the next one needs one.
    private mutating func separate() {
        if needsComma { bytes.append(ASCII.comma) }
        needsComma = true
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func appendDigits(_ magnitude: UInt64) {
        var divisor: UInt64 = 1
        while magnitude / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            bytes.append(ASCII.zero + UInt8(truncatingIfNeeded: magnitude / divisor % 10))
            divisor /= 10
        }
    }
}
