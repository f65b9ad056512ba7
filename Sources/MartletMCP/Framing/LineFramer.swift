/// Splits a byte stream into lines: the framing of MCP over stdio, one JSON message a line.
///
/// A carriage return before the line feed is cut, empty lines are skipped. Source: MCP 2026-07-28, Transports, "stdio".
package struct LineFramer: Sendable {
    private let maximumLineBytes: Int
    private var partial: [UInt8] = []
    private var failure: FramingError?

    package init(maximumLineBytes: Int) { self.maximumLineBytes = maximumLineBytes }

    /// Takes the next bytes and returns the lines they complete. After an error there are no more lines.
    package mutating func consume(_ bytes: [UInt8]) throws(FramingError) -> [[UInt8]] {
        if let failure { throw failure }
        var lines: [[UInt8]] = []
        var start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: 0x0A) {
            try extend(bytes[start..<end])
            if partial.last == 0x0D { partial.removeLast() }
            if !partial.isEmpty { lines.append(partial) }
            partial = []
            start = end + 1
        }
        try extend(bytes[start...])
        return lines
    }

    /// Whether bytes of an unfinished line are waiting: a stream that ends now broke off in the middle of a message.
    package var hasPartialLine: Bool { !partial.isEmpty }

    private mutating func extend(_ bytes: ArraySlice<UInt8>) throws(FramingError) {
        guard partial.count + bytes.count <= maximumLineBytes else {
            let error = FramingError.tooLarge(limit: maximumLineBytes)
            failure = error
            partial = []
            throw error
        }
        partial.append(contentsOf: bytes)
    }
}
