/// The UTF-8 bytes that a string of a parsed document stands for, one after the other, without allocation.
///
/// Expects text the parser has accepted; on any other it yields some bytes and ends, it does not trap.
struct UnescapedBytes: Sequence, IteratorProtocol {
    private let bytes: [UInt8]
    private var position: Int
    private let end: Int
    /// Continuation bytes still to give, lowest first. They are never 0.
    private var pending: UInt32 = 0

    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    @inline(__always)
    mutating func next() -> UInt8? {
        if pending == 0, position < end, bytes[position] != ASCII.backslash {
            defer { position += 1 }
            return bytes[position]
        }
        return nextOfEscape()
    }

    private mutating func nextOfEscape() -> UInt8? {
        if pending != 0 {
            defer { pending >>= 8 }
            return UInt8(truncatingIfNeeded: pending)
        }
        guard position + 1 < end else { return nil }
        let letter = bytes[position + 1]
        position += 2
        switch letter {
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "u"): return encode(scalar())
        default: return letter
        }
    }

    /// Reads the digits of one escape, or of the two of a surrogate pair.
    private mutating func scalar() -> UInt32 {
        let unit = codeUnit()
        guard unit & 0xFC00 == 0xD800 else { return unit }
        position += 2
        return 0x10000 + (unit & 0x3FF) << 10 + codeUnit() & 0x3FF
    }

    private mutating func codeUnit() -> UInt32 {
        var unit: UInt32 = 0
        for index in position..<position + 4 where index < end {
            unit = unit << 4 | (ASCII.hexValue(bytes[index]) ?? 0)
        }
        position += 4
        return unit
    }

    /// Gives the lead byte and keeps the others for the following calls.
    private mutating func encode(_ scalar: UInt32) -> UInt8 {
        func tail(_ shift: UInt32) -> UInt32 { 0x80 | scalar >> shift & 0x3F }
        switch scalar {
        case ..<0x80: return UInt8(truncatingIfNeeded: scalar)
        case ..<0x800:
            pending = tail(0)
            return UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6)
        case ..<0x10000:
            pending = tail(6) | tail(0) << 8
            return UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12)
        default:
            pending = tail(12) | tail(6) << 8 | tail(0) << 16
            return UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18)
        }
    }
}
