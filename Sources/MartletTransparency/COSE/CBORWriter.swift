/// Writes the kinds of CBOR items that COSE needs, each in its shortest form; the caller keeps counts and order.
///
/// Source: RFC 8949, sections 3 and 4.2.1.
struct CBORWriter {
    private(set) var bytes: [UInt8] = []

    mutating func integer(_ value: Int64) {
        if value < 0 { head(1, UInt64(bitPattern: ~value)) } else { head(0, UInt64(value)) }
    }

    mutating func unsigned(_ value: UInt64) { head(0, value) }

    mutating func string(_ content: [UInt8]) {
        startOfString(content.count)
        bytes += content
    }

    /// `count` bytes follow.
    mutating func startOfString(_ count: Int) { head(2, UInt64(count)) }

    mutating func text(_ content: String) {
        head(3, UInt64(content.utf8.count))
        bytes += Array(content.utf8)
    }

    mutating func array(_ count: Int) { head(4, UInt64(count)) }
    /// Keys and values follow in turn, the keys sorted by their bytes.
    mutating func map(_ count: Int) { head(5, UInt64(count)) }
    mutating func tag(_ number: UInt64) { head(6, number) }
    mutating func null() { bytes.append(0xF6) }

    private mutating func head(_ major: UInt8, _ argument: UInt64) {
        let kind = major << 5
        switch argument {
        case 0...23: bytes.append(kind | UInt8(argument))
        case 24...0xFF: append(kind | 24, argument, 1)
        case 0x100...0xFFFF: append(kind | 25, argument, 2)
        case 0x1_0000...0xFFFF_FFFF: append(kind | 26, argument, 4)
        default: append(kind | 27, argument, 8)
        }
    }

    private mutating func append(_ first: UInt8, _ argument: UInt64, _ width: UInt64) {
        bytes.append(first)
        for place in (0..<width).reversed() { bytes.append(UInt8(truncatingIfNeeded: argument >> (8 * place))) }
    }
}
