/// The lines on which the values of a JSON document stand, in the shape of the document.
///
/// The children of an object or array are in document order, so they pair with `JSONValue.members` and `.elements`. A
/// member stands on the line of its key. Made only from a document that `JSONValue.parse` has accepted.
struct LineTree: Sendable {
    /// Counted from 1.
    let line: Int
    let children: [LineTree]

    init(document: [UInt8]) {
        var walker = Walker(bytes: document)
        self = walker.value()
    }

    /// The line on which the byte at `offset` stands, counted from 1.
    static func line(at offset: Int, in document: [UInt8]) -> Int {
        1 + document.prefix(max(0, offset)).count { $0 == UInt8(ascii: "\n") }
    }

    private init(line: Int, children: [LineTree]) {
        self.line = line
        self.children = children
    }

    private struct Walker {
        let bytes: [UInt8]
        var position = 0
        var line = 1

        init(bytes: [UInt8]) { self.bytes = bytes }

        mutating func value() -> LineTree {
            skipSpace()
            let start = line
            switch current {
            case UInt8(ascii: "{"): return LineTree(line: start, children: children(until: "}", areMembers: true))
            case UInt8(ascii: "["): return LineTree(line: start, children: children(until: "]", areMembers: false))
            case UInt8(ascii: "\""): string()
            default: scalar()
            }
            return LineTree(line: start, children: [])
        }

        private mutating func children(until end: Unicode.Scalar, areMembers: Bool) -> [LineTree] {
            var found: [LineTree] = []
            advance()
            skipSpace()
            while let byte = current, byte != UInt8(ascii: end) {
                found.append(areMembers ? member() : value())
                skipSpace()
                if current == UInt8(ascii: ",") { advance() }
                skipSpace()
            }
            advance()
            return found
        }

        private mutating func member() -> LineTree {
            let start = line
            string()
            skipSpace()
            advance()
            return LineTree(line: start, children: value().children)
        }

        private mutating func string() {
            advance()
            while let byte = current, byte != UInt8(ascii: "\"") {
                if byte == UInt8(ascii: "\\") { advance() }
                advance()
            }
            advance()
        }

        private mutating func scalar() {
            while let byte = current, !Self.ends.contains(byte) { advance() }
        }

        private mutating func skipSpace() {
            while let byte = current, Self.space.contains(byte) {
                if byte == UInt8(ascii: "\n") { line += 1 }
                advance()
            }
        }

        private mutating func advance() { position += 1 }
        private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

        private static let space = Array(" \t\r\n".utf8)
        private static let ends = Array(" \t\r\n,]}".utf8)
    }
}
