/// A `traceparent` in the form of W3C Trace Context, checked character by character.
///
/// Untrusted correlation, never authority: whoever sends it chose it. Source: W3C Trace Context, section 3.2.
package struct TraceParent: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// Reads `<version>-<trace id>-<parent id>-<flags>`; nil unless lower-case hex with ids other than zero.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard (55...128).contains(bytes.count) else { return nil }
        let parts = bytes.prefix(55).split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.map(\.count) == [2, 32, 16, 2], parts.joined().allSatisfy(Self.isHex) else { return nil }
        guard parts[1].contains(where: { $0 != 0x30 }), parts[2].contains(where: { $0 != 0x30 }) else { return nil }
        guard Self.isKnownLength(version: Array(parts[0]), bytes) else { return nil }
        description = text
    }

    /// Version 00 is exactly 55 characters, ff is forbidden, later versions may go on after a dash.
    private static func isKnownLength(version: [UInt8], _ bytes: [UInt8]) -> Bool {
        if version == Array("ff".utf8) { return false }
        if version == Array("00".utf8) { return bytes.count == 55 }
        return bytes.count == 55
            || bytes[55] == UInt8(ascii: "-") && bytes.dropFirst(56).allSatisfy { (0x21...0x7E).contains($0) }
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }
}
