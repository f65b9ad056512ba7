/// The gateway's own name for one call, the key that joins all its records. A UUID version 7 (RFC 9562, section 5.7).
package struct CallID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String

    /// Makes an id from the time in milliseconds and 10 random bytes.
    package init(time: UnixTime, random: RandomBits) {
        let milliseconds = UInt64(max(0, time.microseconds / 1000))
        let high = milliseconds << 16 | 0x7000 | (random.high & 0x0FFF)
        let low = (random.low & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
        rawValue = Self.format(high, low)
    }

    /// Reads the 36-character form of any UUID, lower case.
    package init?(_ text: String) {
        let bytes = text.utf8.span
        guard bytes.count == 36 else { return nil }
        for index in bytes.indices {
            let isDash = index == 8 || index == 13 || index == 18 || index == 23
            guard isDash ? bytes[index] == UInt8(ascii: "-") : Hex.value(bytes[index]) != nil else { return nil }
        }
        rawValue = text
    }

    package var description: String { rawValue }

    private static func format(_ high: UInt64, _ low: UInt64) -> String {
        // Safe: all 36 bytes are initialised, in order.
        unsafe String(unsafeUninitializedCapacity: 36) { text in
            var index = 0
            for position in 0..<32 {
                if position == 8 || position == 12 || position == 16 || position == 20 {
                    unsafe text[index] = UInt8(ascii: "-")
                    index += 1
                }
                let word = position < 16 ? high : low
                let nibble = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (position % 16))) & 0x0F
                unsafe text[index] = nibble &+ (nibble < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
                index += 1
            }
            return index
        }
    }
}

/// The random part of an id, 76 bits of it used.
package struct RandomBits: Sendable {
    package let high: UInt64
    package let low: UInt64
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
    /// Sixteen fresh bytes of `source`.
    package init(_ source: any RandomSource) {
        let bytes = source.bytes(16)
        high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
