import MartletJSON

/// The form in which `Mcp-Name` and `Mcp-Param-*` carry text that HTTP cannot: `=?base64?<standard base64>?=`.
///
/// Source: MCP 2026-07-28, Transports, "Value Encoding".
package enum HeaderValue {
    private static let opening = "=?base64?"
    private static let closing = "?="

    /// The text a header value stands for; nil when it is malformed, not canonical base64, or not UTF-8.
    package static func decode(_ value: String) -> String? {
        guard isSentinel(value) else { return value.utf8.allSatisfy(isPlain) ? value : nil }
        let payload = value.utf8.dropFirst(opening.utf8.count).dropLast(closing.utf8.count)
        guard let bytes = decodeBase64(Array(payload)) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The value as it may stand in a header: itself when it survives the trip, else the base64 form.
    package static func encode(_ text: String) -> String {
        let survives = text.utf8.allSatisfy(isPlain) && text.trimmed.utf8.count == text.utf8.count
        guard !survives || isSentinel(text) else { return text }
        return opening + encodeBase64(Array(text.utf8)) + closing
    }

    private static func isPlain(_ byte: UInt8) -> Bool { (0x20...0x7E).contains(byte) }

    private static func isSentinel(_ value: String) -> Bool {
        value.utf8.count >= opening.utf8.count + closing.utf8.count
            && value.utf8.starts(with: opening.utf8) && value.utf8.suffix(2).elementsEqual(closing.utf8)
    }

    private static func encodeBase64(_ bytes: [UInt8]) -> String {
        let text = Base64URL.encode(bytes).utf8.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: byte
            }
        }
        let padding = [UInt8](repeating: UInt8(ascii: "="), count: (4 - text.count % 4) % 4)
        return String(decoding: text + padding, as: UTF8.self)
    }

    /// Strict: encoding the result again must give the very same characters, so one value has one spelling.
    private static func decodeBase64(_ text: [UInt8]) -> [UInt8]? {
        var digits = text
        while digits.count > text.count - 2, digits.last == UInt8(ascii: "=") { digits.removeLast() }
        let url = digits.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            default: byte
            }
        }
        guard let bytes = Base64URL.decode(String(decoding: url, as: UTF8.self)),
            encodeBase64(bytes).utf8.elementsEqual(text)
        else { return nil }
        return bytes
    }
}
