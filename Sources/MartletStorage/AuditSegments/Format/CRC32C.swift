import CMartletCRC

/// CRC-32C (Castagnoli). Finds accidents, not attacks: those are the tree's task.
///
/// One instruction for eight bytes where the processor has one (ADR-0027), else eight bytes at a time from tables, and of
/// long input four places at a time. Source: RFC 3720, appendix B.4 (test vectors); Kounavis and Berry, "slicing-by-8".
enum CRC32C {
    private static let isBuiltIn = martlet_crc32c_is_available()
    private static let polynomial: UInt32 = 0x82F6_3B78
    private static let tables: [UInt32] = makeTables()
    /// Below this, one lane is as fast.
    private static let lanesFrom = 1024

    static func checksum(_ bytes: some Collection<UInt8>) -> UInt32 {
        let whole = bytes.withContiguousStorageIfAvailable { checksum(UnsafeRawBufferPointer($0)) }
        return whole ?? checksum(Array(bytes))
    }

    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        guard isBuiltIn else { return checksumFromTables(bytes) }
        return bytes.withMemoryRebound(to: UInt8.self) { martlet_crc32c($0.baseAddress, $0.count) }
    }

    /// The same without help of the processor.
    static func checksumFromTables(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        tables.withUnsafeBufferPointer { tables in
            guard bytes.count >= lanesFrom else { return ~extend(~0, bytes, 0..<bytes.count, tables) }
            let (value, end) = fourLanes(bytes, tables)
            return ~extend(value, bytes, end..<bytes.count, tables)
        }
    }

    private static func extend(
        _ start: UInt32, _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ tables: UnsafeBufferPointer<UInt32>
    ) -> UInt32 {
        var value = start
        var position = range.lowerBound
        while position + 8 <= range.upperBound {
            value = eight(bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self), value, tables)
            position += 8
        }
        while position < range.upperBound {
            value = tables[Int(UInt8(truncatingIfNeeded: value) ^ bytes[position])] ^ (value >> 8)
            position += 1
        }
        return value
    }

    /// Four quarters side by side: no step waits for the one before it. Gives the value and the offset it goes up to.
    private static func fourLanes(
        _ bytes: UnsafeRawBufferPointer, _ tables: UnsafeBufferPointer<UInt32>
    ) -> (UInt32, Int) {
        let lane = bytes.count / 4 & ~7
        var (first, second, third, fourth) = (~UInt32(0), UInt32(0), UInt32(0), UInt32(0))
        func word(_ offset: Int) -> UInt64 { bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
        for offset in stride(from: 0, to: lane, by: 8) {
            first = eight(word(offset), first, tables)
            second = eight(word(offset + lane), second, tables)
            third = eight(word(offset + 2 * lane), third, tables)
            fourth = eight(word(offset + 3 * lane), fourth, tables)
        }
        // A value moves over the next lane as if it were zeros; what that lane gave from zero is then added.
        let shift = power(ofBytes: lane)
        for next in [second, third, fourth] { first = multiply(first, shift) ^ next }
        return (first, 4 * lane)
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

    /// x to the power of 8 times `count`, modulo the polynomial; bits are reflected, x⁰ is the highest.
    private static func power(ofBytes count: Int) -> UInt32 {
        var (result, square, rest) = (UInt32(1) << 31, UInt32(1) << 23, count)
        while rest > 0 {
            if rest & 1 == 1 { result = multiply(result, square) }
            square = multiply(square, square)
            rest >>= 1
        }
        return result
    }

    /// The product of two polynomials over GF(2), modulo ours.
    private static func multiply(_ left: UInt32, _ right: UInt32) -> UInt32 {
        var (product, term) = (UInt32(0), right)
        for bit in stride(from: UInt32(31), through: 0, by: -1) {
            if left >> bit & 1 == 1 { product ^= term }
            term = term & 1 == 1 ? term >> 1 ^ polynomial : term >> 1
        }
        return product
    }

    private static func makeTables() -> [UInt32] {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? (value >> 1) ^ polynomial : value >> 1 }
            tables[byte] = value
        }
        for index in 256..<tables.count {
            let previous = tables[index - 256]
            tables[index] = tables[Int(previous & 0xFF)] ^ (previous >> 8)
        }
        return tables
    }
}
