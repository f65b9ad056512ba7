import MartletTransparency

/// One entry as read from a segment; its CRC was right.
struct SegmentEntry {
    let kind: SegmentFormat.Kind
    let index: UInt64
    let bytes: [UInt8]

    /// Bytes that the entry takes in the file.
    var size: Int { SegmentFormat.entryHeaderBytes + bytes.count }
}

/// What the end of a batch says about it.
struct BatchTrailer: Hashable {
    let first: UInt64
    let count: UInt32
    let root: MerkleHash

    var content: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(SegmentFormat.trailerContentBytes)
        bytes.append(littleEndian: count)
        bytes.append(contentsOf: root.bytes)
        return bytes
    }

    init(first: UInt64, count: UInt32, root: MerkleHash) {
        self.first = first
        self.count = count
        self.root = root
    }

    init?(_ entry: SegmentEntry) {
        guard entry.kind == .trailer, entry.bytes.count == SegmentFormat.trailerContentBytes,
            let root = MerkleHash(bytes: entry.bytes[4...])
        else { return nil }
        self.init(first: entry.index, count: entry.bytes[...].littleEndian(UInt32.self, at: 0), root: root)
    }
}
