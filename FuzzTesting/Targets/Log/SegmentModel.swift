import MartletTransparency

/// The batches of a segment read literally, with the whole content at hand. Source: `SegmentFormat`.
struct SegmentModel {
    struct Record: Equatable {
        let index: UInt64
        let leaf: [UInt8]
        var payload: [UInt8]?
    }
    enum End: Equatable {
        /// Zeros up to the end.
        case clean
        /// A batch of which some blocks may never have reached the disk.
        case torn
        /// What no accident writes, or damage to a batch that has others behind it.
        case wrong
    }

    /// Those of all whole batches.
    private(set) var records: [Record] = []
    private(set) var frontier = MerkleFrontier()
    /// Where the first batch starts that is not whole.
    private(set) var offset = 0
    private(set) var end = End.clean
    private let content: [UInt8]

    init(_ content: [UInt8]) {
        self.content = content
        while let size = takeBatch() { offset += size }
        if end == .torn, hasLaterTrailer { end = .wrong }
    }

    /// Up to the last byte, behind the whole batches, that is not zero.
    var tailBytes: Int { (content[offset...].lastIndex { $0 != 0 } ?? offset - 1) + 1 - offset }

    /// The size of the next batch; nil, and why in `end`, when there is none.
    private mutating func takeBatch() -> Int? {
        var (position, batch, tree) = (offset, [Record](), frontier)
        while position + 17 <= content.count, content[position..<(position + 17)].contains(where: { $0 != 0 }) {
            guard let next = entry(at: position) else { return stop(.torn) }
            let index = Self.integer(content[(position + 9)..<(position + 17)])
            let bytes = Array(content[(position + 17)..<next])
            switch content[position + 8] {
            case 1:
                guard index == tree.size else { return stop(.wrong) }
                batch.append(Record(index: index, leaf: bytes))
                tree.append(.leaf(bytes))
            case 2:
                guard let last = batch.last, last.index == index, last.payload == nil else { return stop(.wrong) }
                batch[batch.count - 1].payload = bytes
            case 3:
                let expected = Self.littleEndian(UInt32(batch.count)) + tree.root.bytes
                guard !batch.isEmpty, index == frontier.size, bytes == expected else { return stop(.wrong) }
                (records, frontier) = (records + batch, tree)
                return next - offset
            default: return stop(.wrong)
            }
            position = next
        }
        return stop(position == offset && tailBytes == 0 ? .clean : .torn)
    }

    private mutating func stop(_ reason: End) -> Int? {
        end = reason
        return nil
    }

    /// Where the entry ends; nil when it is longer than the file, or its checksum is another one.
    private func entry(at position: Int) -> Int? {
        let end = position + 17 + Int(Self.integer(content[position..<(position + 4)]))
        guard end <= content.count else { return nil }
        let stated = Self.integer(content[(position + 4)..<(position + 8)])
        return stated == UInt64(Self.checksum(content[(position + 8)..<end])) ? end : nil
    }

    /// Whether a batch was written behind the one that is not whole: then that one was durable.
    private var hasLaterTrailer: Bool {
        (offset..<max(offset, content.count - 52)).contains { place in
            content[place] == 36 && content[place + 8] == 3 && entry(at: place) == place + 53
                && Self.integer(content[(place + 9)..<(place + 17)]) > frontier.size
        }
    }

    static func integer(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }

    static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        (0..<(value.bitWidth / 8)).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    /// CRC-32C, a byte at a time. Source: RFC 3720, appendix B.4.
    static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
    }

    private static let table = (0..<UInt32(256)).map { byte in
        (0..<8).reduce(byte) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
    }
}
