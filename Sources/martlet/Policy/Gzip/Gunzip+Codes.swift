/// Values that are sent as a code and some more bits.
struct ExtraBits {
    let base: [Int]
    let bits: [Int]

    /// Each code starts where the one before it ends.
    init(from first: Int, _ bits: [Int]) {
        self.bits = bits
        base = bits.indices.map { index in bits[..<index].reduce(first) { $0 + 1 << $1 } }
    }

    /// The last code of the lengths is 258 alone, although the one before reaches it too.
    mutating func add(_ value: Int) { self = ExtraBits(base: base + [value], bits: bits + [0]) }

    private init(base: [Int], bits: [Int]) {
        self.base = base
        self.bits = bits
    }
}

extension Gunzip {
    /// Codes 257 to 285. Source: RFC 1951, section 3.2.5.
    static let lengths: ExtraBits = {
        var lengths = ExtraBits(from: 3, (0..<28).map { $0 < 8 ? 0 : $0 / 4 - 1 })
        lengths.add(258)
        return lengths
    }()

    static let distances = ExtraBits(from: 1, (0..<30).map { $0 < 4 ? 0 : $0 / 2 - 1 })

    mutating func value(_ code: Int, of extra: ExtraBits) throws(GzipError) -> Int {
        guard code < extra.base.count else { throw .damaged("a length or distance that does not exist") }
        return extra.base[code] + (try take(extra.bits[code]))
    }

    private static let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

    /// The codes that a block brings with it. Source: RFC 1951, section 3.2.7.
    mutating func dynamicCodes() throws(GzipError) -> (literals: HuffmanCodes, distances: HuffmanCodes) {
        let literals = try take(5) + 257
        let distances = try take(5) + 1
        let count = try take(4) + 4
        guard literals <= 286, distances <= 30 else { throw .damaged("more codes than there can be") }
        var lengths = [Int](repeating: 0, count: 19)
        for symbol in Self.order.prefix(count) { lengths[symbol] = try take(3) }
        let all = try codeLengths(try HuffmanCodes(lengths), literals + distances)
        return (try HuffmanCodes(all[..<literals]), try HuffmanCodes(all[literals...]))
    }

    private mutating func codeLengths(_ codes: HuffmanCodes, _ count: Int) throws(GzipError) -> [Int] {
        var lengths: [Int] = []
        while lengths.count < count {
            let symbol = try take(codes)
            switch symbol {
            case 16:
                guard let last = lengths.last else { throw .damaged("a repetition of nothing") }
                lengths += [Int](repeating: last, count: try take(2) + 3)
            case 17: lengths += [Int](repeating: 0, count: try take(3) + 3)
            case 18: lengths += [Int](repeating: 0, count: try take(7) + 11)
            default: lengths.append(symbol)
            }
        }
        guard lengths.count == count else { throw .damaged("more codes than there can be") }
        return lengths
    }
}
