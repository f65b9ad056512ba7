/// Unpacks a gzip file, piece by piece: about 160 KiB are held. Source: RFC 1952; RFC 1951.
struct Gunzip: ~Copyable {
    private enum Phase {
        case member, block, stored(left: Int), packed(HuffmanCodes, HuffmanCodes), check, end
    }

    static let magic: [UInt8] = [0x1F, 0x8B]
    /// How far back a reference can go.
    private static let farthest = 32_768
    private static let piece = 65_536

    private var bits: BitInput
    private var phase = Phase.member
    private var isLastBlock = false
    /// What a reference can reach, what was handed out, and what was not yet.
    private var window: [UInt8] = []
    private var given = 0
    private var checksum = Checksum()

    init(_ bytes: consuming ByteInput) { bits = BitInput(bytes) }

    /// The `errno` of a read that failed; 0 when none did.
    var failure: Int32 { bits.failure }

    /// The next 64 KiB or somewhat more, fewer at the end of a member; nil at the end of the file.
    mutating func next() throws(GzipError) -> ArraySlice<UInt8>? {
        if window.count > Self.farthest {
            window.removeFirst(window.count - Self.farthest)
            given = window.count
        }
        while true {
            switch phase {
            case .member: try header()
            case .block: try block()
            case .stored(let left): try stored(left)
            case .packed(let literals, let distances): try packed(literals, distances)
            case .check:
                if given < window.count { return flush() }
                try check()
            case .end: return nil
            }
            if window.count - given >= Self.piece { return flush() }
        }
    }

    mutating func take(_ count: Int) throws(GzipError) -> Int { try bits.take(count) }

    mutating func take(_ codes: HuffmanCodes) throws(GzipError) -> Int { try bits.take(codes) }

    private mutating func flush() -> ArraySlice<UInt8> {
        let piece = window[given...]
        checksum.add(piece)
        given = window.count
        return piece
    }

    private mutating func header() throws(GzipError) {
        for expected in Self.magic + [8] {
            guard try take(8) == Int(expected) else { throw .damaged("this is no gzip header") }
        }
        let flags = try take(8)
        guard flags & 0xE0 == 0 else { throw .damaged("this is no gzip header") }
        for _ in 0..<6 { _ = try take(8) }
        if flags & 4 != 0 { for _ in 0..<(try take(16)) { _ = try take(8) } }
        for flag in [8, 16] where flags & flag != 0 { while try take(8) != 0 {} }
        if flags & 2 != 0 { _ = try take(16) }
        checksum = Checksum()
        window.removeAll(keepingCapacity: true)
        given = 0
        phase = .block
    }

    private mutating func check() throws(GzipError) {
        bits.align()
        guard try take(32) == Int(checksum.value), try take(32) == Int(checksum.length) else { throw .checksum }
        phase = bits.isAtEnd() ? .end : .member
    }

    private mutating func block() throws(GzipError) {
        isLastBlock = try take(1) == 1
        switch try take(2) {
        case 0:
            bits.align()
            let length = try take(16)
            guard try take(16) == length ^ 0xFFFF else { throw .damaged("the length of a stored block") }
            phase = .stored(left: length)
        case 1:
            let codes = try HuffmanCodes.fixed()
            phase = .packed(codes.literals, codes.distances)
        case 2:
            let codes = try dynamicCodes()
            phase = .packed(codes.literals, codes.distances)
        default: throw .damaged("a block of an unknown kind")
        }
    }

    private mutating func endBlock() { phase = isLastBlock ? .check : .block }

    private mutating func stored(_ length: Int) throws(GzipError) {
        for _ in 0..<length { window.append(UInt8(try take(8))) }
        endBlock()
    }

    /// Up to the end of the block, or until there is a piece.
    private mutating func packed(_ literals: HuffmanCodes, _ distances: HuffmanCodes) throws(GzipError) {
        while window.count - given < Self.piece {
            let symbol = try take(literals)
            if symbol < 256 {
                window.append(UInt8(symbol))
            } else if symbol == 256 {
                return endBlock()
            } else {
                let length = try value(symbol - 257, of: Self.lengths)
                try copy(length, from: try value(try take(distances), of: Self.distances))
            }
        }
    }

    private mutating func copy(_ length: Int, from distance: Int) throws(GzipError) {
        guard distance <= window.count else { throw .damaged("a reference to before the start") }
        for _ in 0..<length { window.append(window[window.count - distance]) }
    }
}
