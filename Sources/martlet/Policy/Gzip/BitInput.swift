/// The bits of a byte stream, lowest first. Source: RFC 1951, section 3.1.1.
struct BitInput: ~Copyable {
    private var bytes: ByteInput
    private var buffer: UInt64 = 0
    private var count = 0

    init(_ bytes: consuming ByteInput) { self.bytes = bytes }

    var failure: Int32 { bytes.failure }

    /// The next `count` bits, at most 32, as a number.
    mutating func take(_ count: Int) throws(GzipError) -> Int {
        fill(count)
        guard self.count >= count else { throw .truncated }
        let value = Int(buffer & (1 << UInt64(count) - 1))
        drop(count)
        return value
    }

    /// The symbol of the next code.
    mutating func take(_ codes: HuffmanCodes) throws(GzipError) -> Int {
        fill(codes.longest)
        let entry = codes.table[Int(buffer & UInt64(codes.table.count - 1))]
        let length = Int(entry & 15)
        guard length > 0 else { throw .damaged("a code that stands for nothing") }
        guard count >= length else { throw .truncated }
        drop(length)
        return Int(entry >> 4)
    }

    /// Leaves out the rest of a byte.
    mutating func align() { drop(count % 8) }

    /// Whether there is nothing left; at the start of a byte.
    mutating func isAtEnd() -> Bool {
        fill(8)
        return count == 0
    }

    private mutating func drop(_ count: Int) {
        buffer >>= UInt64(count)
        self.count -= count
    }

    private mutating func fill(_ wanted: Int) {
        while count < wanted, let byte = bytes.next() {
            buffer |= UInt64(byte) << UInt64(count)
            count += 8
        }
    }
}
