/// Text that cannot command a terminal or change the order of what is read.
///
/// Arguments, results and names come from strangers. Control characters (C0, C1, DEL), format characters (bidirectional
/// overrides, zero-width and tag characters), line and paragraph separators become visible escapes.
package enum PrintableText {
    /// `\u{1b}` in place of the character. For people.
    package static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isHidden) else { return text }
        var output = ""
        for scalar in text.unicodeScalars {
            guard isHidden(scalar) else {
                output.unicodeScalars.append(scalar)
                continue
            }
            output += "\\u{" + String(scalar.value, radix: 16) + "}"
        }
        return output
    }

    /// The same for JSON: `\u001b`, which is the same value to every JSON reader.
    ///
    /// In a document without raw control characters every hidden character stands inside a string.
    package static func escaped(json: [UInt8]) -> [UInt8] {
        let text = String(decoding: json, as: UTF8.self)
        guard text.unicodeScalars.contains(where: isHidden) else { return json }
        var output: [UInt8] = []
        output.reserveCapacity(json.count + 64)
        for scalar in text.unicodeScalars {
            if isHidden(scalar) {
                for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter { append(unit, to: &output) }
            } else {
                output.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
        return output
    }

    private static func append(_ unit: UInt16, to output: inout [UInt8]) {
        let digits = String(unit, radix: 16)
        output.append(contentsOf: "\\u".utf8)
        output.append(contentsOf: String(repeating: "0", count: 4 - digits.utf8.count).utf8)
        output.append(contentsOf: digits.utf8)
    }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: return true
        default: return false
        }
    }
}
