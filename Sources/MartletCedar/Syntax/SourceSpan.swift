/// A range of bytes of a source text, counted from 0; the end is past the last byte.
public struct SourceSpan: Hashable, Sendable {
    /// The first byte.
    public let start: Int
    /// The byte past the last one.
    public let end: Int

    /// Creates a span; both are byte offsets.
    public init(_ start: Int, _ end: Int) {
        self.start = start
        self.end = end
    }

    /// For what was not read from text.
    public static let none = SourceSpan(0, 0)

    /// From the start of this to the end of `other`.
    func through(_ other: SourceSpan) -> SourceSpan { SourceSpan(start, other.end) }
}

/// A place that people can find: line and column, both counted from 1; the column counts Unicode scalars.
public struct SourcePlace: Hashable, Sendable, CustomStringConvertible {
    /// The line, counted from 1.
    public let line: Int
    /// The column in Unicode scalars, counted from 1.
    public let column: Int

    /// The place of a byte offset in `source`; an offset past the end is the end.
    public init(of offset: Int, in source: [UInt8]) {
        var line = 1
        var column = 1
        for byte in source.prefix(max(0, offset)) {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        self.line = line
        self.column = column
    }

    /// For example `3:17`.
    public var description: String { "\(line):\(column)" }
}
