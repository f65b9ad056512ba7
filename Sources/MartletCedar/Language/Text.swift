/// A string of Cedar: UTF-8, equal byte for byte.
///
/// Swift's `String` calls canonically equivalent texts equal and Cedar does not, so that a `String` must never be a key
/// or be compared in this module. Source: docs/adr/0017.
public struct Text: Sendable {
    /// The bytes, valid UTF-8.
    public let utf8: [UInt8]

    /// The text of a Swift string, scalar for scalar.
    public init(_ string: String) { utf8 = Array(string.utf8) }

    /// Creates a text from bytes that are known to be UTF-8.
    init(utf8: [UInt8]) { self.utf8 = utf8 }

    /// Creates a text from a part of a checked source.
    init(_ part: ArraySlice<UInt8>) { utf8 = Array(part) }

    /// The text as a Swift string: for people and for output, never for comparison.
    public var string: String { String(decoding: utf8, as: UTF8.self) }

    /// Whether it has no characters.
    public var isEmpty: Bool { utf8.isEmpty }

    /// Whether this is `word`, byte for byte.
    func isEqual(to word: StaticString) -> Bool {
        guard utf8.count == word.utf8CodeUnitCount else { return false }
        // Safe: the buffer is read inside of the closure only.
        return word.withUTF8Buffer { unsafe $0.elementsEqual(utf8) }
    }
}

extension Text: Hashable, Comparable {
    /// Equal bytes.
    public static func == (left: Text, right: Text) -> Bool { left.utf8 == right.utf8 }

    /// The order of the bytes, which is that of the Unicode scalars.
    public static func < (left: Text, right: Text) -> Bool { left.utf8.lexicographicallyPrecedes(right.utf8) }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) {
        // Safe: the buffer is read inside of the closure only.
        unsafe utf8.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        hasher.combine(utf8.count)
    }
}

extension Text: ExpressibleByStringLiteral, CustomStringConvertible {
    /// The text of a literal.
    public init(stringLiteral value: String) { self.init(value) }

    /// The text as it is, without quotes.
    public var description: String { string }
}
