import MartletTransparency

/// The first 4,096 bytes of a segment: which one it is, and the tree before its first leaf.
///
///     magic 8 | number u32 | hash count u32 | file bytes u64 | first index u64 | frontier hashes | zeros | crc32c
///
/// The frontier lets a reader start at any segment; a reader that starts at the first checks it.
struct SegmentHeader: Hashable {
    let number: UInt32
    let segmentBytes: Int
    let frontier: MerkleFrontier

    var bytes: [UInt8] {
        var bytes = SegmentFormat.magic
        bytes.reserveCapacity(SegmentFormat.headerBytes)
        bytes.append(littleEndian: number)
        bytes.append(littleEndian: UInt32(frontier.nodes.count))
        bytes.append(littleEndian: UInt64(segmentBytes))
        bytes.append(littleEndian: frontier.size)
        for node in frontier.nodes { bytes.append(contentsOf: node.bytes) }
        bytes.append(contentsOf: repeatElement(0, count: SegmentFormat.headerBytes - 4 - bytes.count))
        bytes.append(littleEndian: CRC32C.checksum(bytes))
        return bytes
    }

    init(number: UInt32, segmentBytes: Int, frontier: MerkleFrontier) {
        self.number = number
        self.segmentBytes = segmentBytes
        self.frontier = frontier
    }

    /// nil unless the bytes are exactly those of some header.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count == SegmentFormat.headerBytes, bytes.starts(with: SegmentFormat.magic) else { return nil }
        let count = bytes.littleEndian(UInt32.self, at: 12)
        guard count <= 64, let size = Int(exactly: bytes.littleEndian(UInt64.self, at: 16)) else { return nil }
        let nodes = (0..<Int(count)).compactMap { place in
            MerkleHash(bytes: bytes.dropFirst(32 + 32 * place).prefix(32))
        }
        let first = bytes.littleEndian(UInt64.self, at: 24)
        guard let frontier = MerkleFrontier(size: first, nodes: nodes) else { return nil }
        self.init(number: bytes.littleEndian(UInt32.self, at: 8), segmentBytes: size, frontier: frontier)
        guard self.bytes.elementsEqual(bytes) else { return nil }
    }
}
