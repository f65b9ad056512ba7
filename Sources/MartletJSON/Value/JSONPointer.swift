/// The path to one value of a document. Source: RFC 6901.
///
/// Two pointers are equal when their bytes are.
package struct JSONPointer: Sendable {
    /// As written, for example `/params/arguments/amount`; empty for the whole document.
    package let text: String
    /// The unescaped keys or indexes, outermost first.
    package let tokens: [String]

    /// Reads a pointer; nil when it does not start with `/`, or when `~` is followed by anything but `0` or `1`.
    package init?(_ text: String) {
        self.text = text
        guard !text.isEmpty else {
            tokens = []
            return
        }
        guard text.utf8.first == UInt8(ascii: "/") else { return nil }
        var tokens: [String] = []
        for part in text.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let token = Self.unescape(part) else { return nil }
            tokens.append(token)
        }
        self.tokens = tokens
    }

    private static func unescape(_ part: Substring.UTF8View) -> String? {
        var bytes: [UInt8] = []
        var isEscape = false
        for byte in part {
            switch (isEscape, byte) {
            case (true, UInt8(ascii: "0")): bytes.append(UInt8(ascii: "~"))
            case (true, UInt8(ascii: "1")): bytes.append(UInt8(ascii: "/"))
            case (true, _): return nil
            case (false, UInt8(ascii: "~")): break
            case (false, _): bytes.append(byte)
            }
            isEscape = !isEscape && byte == UInt8(ascii: "~")
        }
        return isEscape ? nil : String(decoding: bytes, as: UTF8.self)
    }
}

extension JSONPointer: Hashable, CustomStringConvertible {
    package static func == (left: JSONPointer, right: JSONPointer) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
        hasher.combine(0xFF as UInt8)
    }

    package var description: String { text }
}

extension JSONValue {
    /// The value that `pointer` leads to from here; nil when there is none. `-` leads nowhere.
    package func value(at pointer: JSONPointer) -> JSONValue? {
        var value = self
        for token in pointer.tokens {
            guard let next = value.step(token) else { return nil }
            value = next
        }
        return value
    }

    private func step(_ token: String) -> JSONValue? {
        kind == .array ? Self.arrayIndex(token).flatMap { self[$0] } : self[token]
    }

    /// Digits without a leading zero. Source: RFC 6901 section 4.
    private static func arrayIndex(_ token: String) -> Int? {
        guard token.utf8.allSatisfy(ASCII.isDigit), token == "0" || token.utf8.first != ASCII.zero else { return nil }
        return Int(token)
    }
}
