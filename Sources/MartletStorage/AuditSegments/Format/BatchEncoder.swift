import MartletTransparency

/// Collects entries into the bytes of one batch. The buffer is kept from batch to batch.
struct BatchEncoder {
    private(set) var bytes: [UInt8] = []
    /// The tree with this batch's leaves.
    private(set) var frontier: MerkleFrontier
    private(set) var count: UInt32 = 0
    private var first: UInt64

    init(after frontier: MerkleFrontier) {
        self.frontier = frontier
        first = frontier.size
    }

    /// Starts the next batch; `header` stands before the first batch of a segment.
    mutating func begin(header: SegmentHeader?) {
        bytes.removeAll(keepingCapacity: true)
        if let header { bytes.append(contentsOf: header.bytes) }
        first = frontier.size
        count = 0
    }

    mutating func add(leaf: [UInt8], hash: MerkleHash, payload: [UInt8]?) {
        append(.leaf, frontier.size, leaf)
        if let payload { append(.payload, frontier.size, payload) }
        frontier.append(hash)
        count += 1
    }

    /// Adds the trailer.
    mutating func finish() {
        let trailer = BatchTrailer(first: first, count: count, root: frontier.root)
        append(.trailer, first, trailer.content)
    }

    private mutating func append(_ kind: SegmentFormat.Kind, _ index: UInt64, _ content: [UInt8]) {
        let start = bytes.count
        bytes.append(littleEndian: UInt32(content.count))
        bytes.append(littleEndian: UInt32(0))
        bytes.append(kind.rawValue)
        bytes.append(littleEndian: index)
        bytes.append(contentsOf: content)
        bytes.replace(at: start + 4, littleEndian: CRC32C.checksum(bytes[(start + 8)...]))
    }
}
