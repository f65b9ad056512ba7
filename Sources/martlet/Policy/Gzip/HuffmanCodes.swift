/// Prefix codes by their lengths, as one table over all bits of the longest. Source: RFC 1951, section 3.2.2.
struct HuffmanCodes {
    /// `symbol << 4 | length`, by the next `longest` bits; 0 where there is no code.
    private(set) var table: [UInt16]
    let longest: Int

    /// `lengths` are 0 to 15, by symbol; 0 is a symbol without a code. Codes may be missing, but not overlap.
    init(_ lengths: some Collection<Int>) throws(GzipError) {
        longest = max(1, lengths.max() ?? 0)
        table = [UInt16](repeating: 0, count: 1 << longest)
        var counts = [Int](repeating: 0, count: 17)
        for length in lengths where length > 0 { counts[length] += 1 }
        var next = [Int](repeating: 0, count: 17)
        var code = 0
        for length in 1...15 {
            code = (code + counts[length - 1]) << 1
            next[length] = code
            guard code + counts[length] <= 1 << length else { throw .damaged("more codes than there can be") }
        }
        for (symbol, length) in lengths.enumerated() where length > 0 {
            fill(symbol, length, next[length])
            next[length] += 1
        }
    }

    /// A code is sent highest bit first, and the table is read lowest bit first.
    private mutating func fill(_ symbol: Int, _ length: Int, _ code: Int) {
        var reversed = 0
        for bit in 0..<length where code >> bit & 1 == 1 { reversed |= 1 << (length - 1 - bit) }
        let entry = UInt16(symbol << 4 | length)
        for index in stride(from: reversed, to: table.count, by: 1 << length) { table[index] = entry }
    }

    /// The codes of a block that brings none. Source: RFC 1951, section 3.2.6.
    static func fixed() throws(GzipError) -> (literals: HuffmanCodes, distances: HuffmanCodes) {
        let lengths = (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 }
        return (try HuffmanCodes(lengths), try HuffmanCodes([Int](repeating: 5, count: 30)))
    }
}
