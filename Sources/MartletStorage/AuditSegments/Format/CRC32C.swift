/// CRC-32C (Castagnoli), eight bytes at a time. Finds accidents, not attacks: those are the tree's task.
///
/// Source: RFC 3720, appendix B.4 (test vectors); Kounavis and Berry, "slicing-by-8".
enum CRC32C {
    private static let tables: [UInt32] = makeTables()

    static func checksum(_ bytes: some Collection<UInt8>) -> UInt32 {
        let whole = bytes.withContiguousStorageIfAvailable { checksum(UnsafeRawBufferPointer($0)) }
        return whole ?? checksum(Array(bytes))
    }

    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        tables.withUnsafeBufferPointer { tables in
            var value = ~UInt32(0)
            var position = 0
            while position + 8 <= bytes.count {
                value = eight(bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self), value, tables)
                position += 8
            }
            while position < bytes.count {
                value = tables[Int(UInt8(truncatingIfNeeded: value) ^ bytes[position])] ^ (value >> 8)
                position += 1
            }
            return ~value
        }
    }

    @inline(__always)
    private static func eight(_ word: UInt64, _ value: UInt32, _ tables: UnsafeBufferPointer<UInt32>) -> UInt32 {
        let mixed = UInt64(littleEndian: word) ^ UInt64(value)
        var result: UInt32 = 0
        for place in 0..<8 {
            let byte = Int(truncatingIfNeeded: (mixed >> UInt64(8 * place)) & 0xFF)
            result ^= tables[(7 - place) * 256 + byte]
        }
        return result
    }

    private static func makeTables() -> [UInt32] {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? (value >> 1) ^ 0x82F6_3B78 : value >> 1 }
            tables[byte] = value
        }
        for index in 256..<tables.count {
            let previous = tables[index - 256]
            tables[index] = tables[Int(previous & 0xFF)] ^ (previous >> 8)
        }
        return tables
    }
}
