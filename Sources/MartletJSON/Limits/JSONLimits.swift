/// How much of a document the parser reads before it refuses.
///
/// Every limit is inclusive: a document exactly at a limit is read. A limit above a ceiling counts as the ceiling.
package struct JSONLimits: Hashable, Sendable {
    /// Longest document, in bytes. Default 4 MiB; ceiling 256 MiB (tape offsets are 32 bits).
    package var maximumBytes = 4 << 20
    /// Deepest nesting of arrays and objects; `[[]]` has depth 2. Default 64; ceiling 256: the canonical form recurses.
    package var maximumDepth = 64
    /// Longest number as written, in bytes. Default 64: far above any exact double or 128-bit integer.
    package var maximumNumberBytes = 64
    /// Longest string or key as written between its quotes, in bytes. Default 1 MiB.
    package var maximumStringBytes = 1 << 20
    /// Most values and keys in all. Default 262,144: the tape then takes at most 4 MiB.
    package var maximumTokens = 1 << 18
    /// Whether a key may contain U+0000. Default false: parsers that keep C strings would see a shorter one. For documents
    /// that no such parser reads; Cedar allows any text as the name of an attribute.
    package var allowsNulInKeys = false

    package init() {}

    /// For what agents send.
    package static let request = JSONLimits()

    /// For what upstreams answer: 64 MiB, one string of the same size, about four million values.
    package static let response: JSONLimits = {
        var limits = JSONLimits()
        limits.maximumBytes = 64 << 20
        limits.maximumStringBytes = 64 << 20
        limits.maximumTokens = 1 << 22
        return limits
    }()

    static let byteCeiling = 256 << 20
    static let depthCeiling = 256
}
