/// Strings as Cedar text.
enum Quoted {
    /// A string literal with its quotes.
    static func string(_ text: Text) -> String {
        var output = "\""
        for scalar in text.string.unicodeScalars { append(scalar, to: &output) }
        return output + "\""
    }

    /// A pattern with its quotes: wildcards as `*`, stars as `\*`.
    static func pattern(_ pattern: Pattern) -> String {
        var output = "\""
        for (index, segment) in pattern.segments.enumerated() {
            if index > 0 { output.append("*") }
            for scalar in segment.string.unicodeScalars {
                if scalar == "*" { output.append("\\*") } else { append(scalar, to: &output) }
            }
        }
        return output + "\""
    }

    /// Control characters, and what cannot be seen or merges with its neighbours, are written as escapes.
    private static func append(_ scalar: Unicode.Scalar, to output: inout String) {
        switch scalar {
        case "\"": output.append("\\\"")
        case "\\": output.append("\\\\")
        case "\n": output.append("\\n")
        case "\r": output.append("\\r")
        case "\t": output.append("\\t")
        case "\0": output.append("\\0")
        default:
            if isPlain(scalar) {
                output.unicodeScalars.append(scalar)
            } else {
                output.append("\\u{" + String(scalar.value, radix: 16) + "}")
            }
        }
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value >= 0x20 && scalar.value != 0x7F }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .nonspacingMark, .enclosingMark,
            .spacingMark, .unassigned, .privateUse, .surrogate:
            return false
        default: return true
        }
    }
}
