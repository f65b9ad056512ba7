/// What `like` compares with: texts with wildcards between them; a wildcard stands for any text, also an empty one.
///
/// Compared by bytes, which for UTF-8 is the same as by Unicode scalars.
public struct Pattern: Sendable {
    /// One step of a pattern.
    public enum Element: Hashable, Sendable {
        /// This Unicode scalar.
        case scalar(Unicode.Scalar)
        /// Any text.
        case wildcard
    }

    /// The texts between the wildcards, in order; one more than there are wildcards, each may be empty.
    public let segments: [Text]
    /// The texts to search for between the first and the last one.
    private let middle: [Needle]

    /// Creates a pattern from its steps.
    public init(_ elements: [Element]) {
        var segments: [Text] = []
        var bytes: [UInt8] = []
        for element in elements {
            switch element {
            case .scalar(let scalar): bytes.append(contentsOf: Array(String(Character(scalar)).utf8))
            case .wildcard:
                segments.append(Text(utf8: bytes))
                bytes = []
            }
        }
        self.init(segments: segments + [Text(utf8: bytes)])
    }

    /// Creates a pattern from the texts between its wildcards; at least one.
    init(segments: [Text]) {
        self.segments = segments
        middle = segments.dropFirst().dropLast().filter { !$0.isEmpty }.map { Needle($0.utf8) }
    }

    /// Whether the whole text matches; takes time in proportion to the lengths of text and pattern.
    public func matches(_ text: Text) -> Bool {
        let bytes = text.utf8
        guard let first = segments.first?.utf8, let last = segments.last?.utf8 else { return bytes.isEmpty }
        guard segments.count > 1 else { return bytes == first }
        guard bytes.count >= first.count + last.count, bytes.starts(with: first),
            bytes[(bytes.count - last.count)...].elementsEqual(last)
        else { return false }
        var offset = first.count
        let end = bytes.count - last.count
        for needle in middle {
            guard let found = needle.end(in: bytes, from: offset, to: end) else { return false }
            offset = found
        }
        return true
    }

    /// The steps in order.
    public var elements: [Element] {
        var elements: [Element] = []
        for (index, segment) in segments.enumerated() {
            if index > 0 { elements.append(.wildcard) }
            elements += segment.string.unicodeScalars.map { .scalar($0) }
        }
        return elements
    }
}

extension Pattern: Hashable {
    /// Equal steps.
    public static func == (left: Pattern, right: Pattern) -> Bool { left.segments == right.segments }

    /// Hashes the steps.
    public func hash(into hasher: inout Hasher) { hasher.combine(segments) }
}

extension Pattern {
    /// A text to search for, prepared. Source: Knuth, Morris, Pratt, "Fast Pattern Matching in Strings" (1977).
    private struct Needle: Sendable {
        let bytes: [UInt8]
        /// For each length of a match so far, the length of the longest shorter one that ends at the same place.
        let fallback: [Int]

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
            var fallback = [Int](repeating: 0, count: bytes.count)
            var length = 0
            for index in bytes.indices.dropFirst() {
                while length > 0, bytes[index] != bytes[length] { length = fallback[length - 1] }
                if bytes[index] == bytes[length] { length += 1 }
                fallback[index] = length
            }
            self.fallback = fallback
        }

        /// The offset past the first occurrence in `text[start..<end]`; nil when there is none.
        func end(in text: [UInt8], from start: Int, to end: Int) -> Int? {
            var length = 0
            var index = start
            while index < end {
                while length > 0, text[index] != bytes[length] { length = fallback[length - 1] }
                if text[index] == bytes[length] { length += 1 }
                index += 1
                if length == bytes.count { return index }
            }
            return nil
        }
    }
}
