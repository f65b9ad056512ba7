/// The bytes of a segment file, version 1. All integers are little-endian.
///
///     header   4,096 bytes, see `SegmentHeader`
///     entry    length u32 | crc32c u32 | kind u8 | index u64 | length bytes        (the CRC covers what follows it)
///       kind 1 leaf      index of the leaf; the bytes the tree hashes
///       kind 2 payload   index of the leaf just before it; sealed values, outside the tree
///       kind 3 trailer   index of the batch's first leaf; bytes: count u32 | root of the tree up to here, 32
///     zeros    to the end of the file
///
/// A batch is one or more leaves with their payloads and one trailer. It is written by one `pwrite` and made durable
/// by one `fdatasync`; the next batch is written only after that. So at most the last batch of a log can be torn.
enum SegmentFormat {
    static let magic = Array("MRTLSEG1".utf8)
    static let headerBytes = 4096
    static let entryHeaderBytes = 17
    static let trailerBytes = entryHeaderBytes + trailerContentBytes
    static let trailerContentBytes = 36

    enum Kind: UInt8 {
        case leaf = 1
        case payload = 2
        case trailer = 3
    }

    /// Bytes that an entry takes, without trailer.
    static func entryBytes(leaf: Int, payload: Int?) -> Int {
        entryHeaderBytes + leaf + (payload.map { entryHeaderBytes + $0 } ?? 0)
    }

    /// The largest entry that a segment of `segmentBytes` holds.
    static func room(in segmentBytes: Int) -> Int { segmentBytes - headerBytes - trailerBytes }
}

extension [UInt8] {
    mutating func append(littleEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    mutating func replace(at offset: Int, littleEndian value: UInt32) {
        for place in 0..<4 { self[offset + place] = UInt8(truncatingIfNeeded: value >> UInt32(8 * place)) }
    }
}

extension ArraySlice<UInt8> {
    /// The integer that starts `offset` bytes after the start; the caller has checked the length.
    func littleEndian<Value: FixedWidthInteger>(_ type: Value.Type, at offset: Int) -> Value {
        var value: Value = 0
        for place in 0..<(Value.bitWidth / 8) {
            value |= Value(truncatingIfNeeded: self[startIndex + offset + place]) << Value(8 * place)
        }
        return value
    }
}
