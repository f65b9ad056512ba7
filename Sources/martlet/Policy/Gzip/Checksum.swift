/// The checksum and the length, modulo 2^32, that gzip writes behind the data. Source: RFC 1952, section 8.
struct Checksum {
    private var state = UInt32.max
    private(set) var length: UInt32 = 0

    var value: UInt32 { ~state }

    mutating func add(_ bytes: ArraySlice<UInt8>) {
        for byte in bytes { state = Self.table[Int((state ^ UInt32(byte)) & 0xFF)] ^ state >> 8 }
        length &+= UInt32(truncatingIfNeeded: bytes.count)
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
    }
}
