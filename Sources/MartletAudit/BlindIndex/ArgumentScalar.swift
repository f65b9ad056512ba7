import MartletCore
package import MartletJSON

/// A value of an argument that can be looked for: a string, a number or a boolean, in the one form in which equal values are
/// equal.
///
/// Strings are compared byte for byte. Numbers by what they are worth, exactly: `250`, `250.00` and `2.5e2` are one.
package struct ArgumentScalar: Hashable, Sendable {
    enum Kind: UInt8, Hashable, Sendable {
        case string = 1
        case number = 2
        case boolean = 3
    }

    let kind: Kind
    let bytes: [UInt8]

    /// Nil for objects, arrays and null, for a number with an exponent beyond a million, and for a string of which something
    /// was redacted: a mark is no value.
    package init?(_ value: JSONValue) {
        switch value.kind {
        case .string:
            guard let text = value.string else { return nil }
            self.init(string: text)
        case .number:
            guard let bytes = value.numberText.flatMap(Self.canonical) else { return nil }
            self.init(.number, bytes)
        case .boolean: self.init(.boolean, [value.bool == true ? 1 : 0])
        case .null, .array, .object: return nil
        }
    }

    private init(_ kind: Kind, _ bytes: [UInt8]) { (self.kind, self.bytes) = (kind, bytes) }

    private init?(string: String) {
        let bytes = Array(string.utf8)
        guard !bytes.contains(SecretScanner.markStart) else { return nil }
        self.init(.string, bytes)
    }

    /// What somebody who types this may mean: the string, and the number or the boolean that is written like it.
    package static func meanings(of text: String) -> [ArgumentScalar] {
        let string = ArgumentScalar(string: text)
        guard case .success(let value) = JSONValue.reading(Array(text.utf8)), value.kind != .string else {
            return [string].compactMap(\.self)
        }
        return [string, ArgumentScalar(value)].compactMap(\.self)
    }

    /// Sign, digits without zeros at either end, and the power of ten they count in: `25e1`.
    private static func canonical(number text: String) -> [UInt8]? {
        let isNegative = text.utf8.first == UInt8(ascii: "-")
        let parts = text.utf8.dropFirst(isNegative ? 1 : 0).split(omittingEmptySubsequences: false) {
            $0 | 0x20 == UInt8(ascii: "e")
        }
        guard let mantissa = parts.first, parts.count <= 2 else { return nil }
        var exponent = 0
        if parts.count == 2 {
            guard let power = Int(String(decoding: parts[1], as: UTF8.self)), abs(power) <= 1_000_000 else {
                return nil
            }
            exponent = power
        }
        let sides = mantissa.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        if sides.count == 2 { exponent -= sides[1].count }
        var digits = Array(sides.joined().drop { $0 == UInt8(ascii: "0") })
        while digits.last == UInt8(ascii: "0") {
            digits.removeLast()
            exponent += 1
        }
        guard !digits.isEmpty else { return [UInt8(ascii: "0")] }
        return (isNegative ? [UInt8(ascii: "-")] : []) + digits + Array("e\(exponent)".utf8)
    }
}
