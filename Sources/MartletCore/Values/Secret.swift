/// A value that must not be seen: it prints as `***`, cannot be encoded, and compares in constant time.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let bytes: [UInt8]
    package init(_ text: String) { bytes = Array(text.utf8) }
    package init(bytes: [UInt8]) { self.bytes = bytes }

    package var isEmpty: Bool { bytes.isEmpty }
    package var description: String { "***" }
    package var debugDescription: String { "***" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }

    /// The digest under which the value may be named in a record.
    package var digest: Digest { Digest(of: bytes) }

    /// Hands out the plain bytes. Every call site is a place to review.
    package func reveal() -> [UInt8] { bytes }

    /// Compares in time that depends only on the lengths.
    package func matches(_ other: Secret) -> Bool {
        guard bytes.count == other.bytes.count else { return false }
        var difference: UInt8 = 0
        for (left, right) in zip(bytes, other.bytes) { difference |= left ^ right }
        return difference == 0
    }
}
