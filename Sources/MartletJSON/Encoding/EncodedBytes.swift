/// Text of bytes, made where it is to stand: in one allocation of fixed size, without a string in between.
enum EncodedBytes {
    /// Appends two digits for each byte, lower case. Source: RFC 4648 section 8.
    static func append(hex bytes: [UInt8], to output: inout [UInt8]) {
        // Safe: each of the digits is initialised before the buffer is read, inside of the closure only.
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: bytes.count * 2) { digits in
            for index in bytes.indices {
                unsafe digits[2 * index] = digit(bytes[index] >> 4)
                unsafe digits[2 * index + 1] = digit(bytes[index] & 0x0F)
            }
            unsafe output.append(contentsOf: digits)
        }
    }

    @inline(__always)
    private static func digit(_ nibble: UInt8) -> UInt8 { nibble &+ (nibble < 10 ? 0x30 : 0x57) }
}
