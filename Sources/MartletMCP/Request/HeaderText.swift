/// Media types as far as MCP needs them. Source: RFC 9110, sections 8.3.1 and 12.5.1.
package enum MediaType {
    /// Whether `value` is `application/json`, with no character set but UTF-8.
    static func isJSON(_ value: String) -> Bool {
        if value.hasSameBytes(as: "application/json") { return true }
        let parts = value.utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map(text)
        guard let type = parts.first, type.isHeader("application/json") else { return false }
        return parts.dropFirst().allSatisfy { parameter in
            !parameter.hasHeaderPrefix("charset")
                || parameter.isHeader("charset=utf-8") || parameter.isHeader("charset=\"utf-8\"")
        }
    }

    /// What every client sends that follows the specification word for word.
    static func isUsualAccept(_ value: String) -> Bool {
        value.hasSameBytes(as: "application/json, text/event-stream")
    }

    /// Whether one of the comma-separated ranges allows `type`; `q=0` forbids.
    static func list(_ value: String, allows type: String, group: String) -> Bool {
        value.utf8.split(separator: UInt8(ascii: ",")).contains { range in
            let parts = range.split(separator: UInt8(ascii: ";")).map(text)
            guard let name = parts.first, name.isHeader(type) || name.isHeader(group) || name == "*/*" else {
                return false
            }
            return !parts.dropFirst().contains(where: isZeroWeight)
        }
    }

    /// Whether one of the comma-separated ranges is `type` itself, in lower case; `q=0` forbids.
    package static func list(_ value: String, names type: String) -> Bool {
        value.utf8.split(separator: UInt8(ascii: ",")).contains { range in
            let parts = range.split(separator: UInt8(ascii: ";")).map(text)
            return parts.first?.isHeader(type) == true && !parts.dropFirst().contains(where: isZeroWeight)
        }
    }

    private static func isZeroWeight(_ parameter: String) -> Bool {
        parameter.hasHeaderPrefix("q=0") && parameter.utf8.dropFirst(3).allSatisfy { $0 == 0x30 || $0 == 0x2E }
    }

    private static func text(_ bytes: Substring.UTF8View.SubSequence) -> String {
        String(decoding: bytes, as: UTF8.self).trimmed
    }
}

extension String {
    /// The text without blanks and tabs around it (RFC 9110, section 5.6.3, optional whitespace).
    var trimmed: String {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        guard let first = utf8.first, let last = utf8.last, isBlank(first) || isBlank(last) else { return self }
        var bytes = utf8[...]
        while let byte = bytes.first, isBlank(byte) { bytes = bytes.dropFirst() }
        while let byte = bytes.last, isBlank(byte) { bytes = bytes.dropLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether the text is `lowercase` without regard to the case of ASCII letters.
    func isHeader(_ lowercase: String) -> Bool {
        utf8.count == lowercase.utf8.count && hasHeaderPrefix(lowercase)
    }

    func hasHeaderPrefix(_ lowercase: String) -> Bool {
        let (text, prefix) = (utf8.span, lowercase.utf8.span)
        guard text.count >= prefix.count else { return false }
        for index in prefix.indices where text[index].lowered != prefix[index] { return false }
        return true
    }
}

extension UInt8 {
    /// The byte with ASCII upper case made lower; every other byte as it is.
    var lowered: UInt8 { (0x41...0x5A).contains(self) ? self | 0x20 : self }
}
