import MartletTransparency

/// Takes the entries of one batch in order and checks that they are one.
struct BatchDecoder {
    private let first: UInt64
    private let watchedSizes: [UInt64]
    private(set) var frontier: MerkleFrontier
    private(set) var records: [SegmentRecord] = []
    /// Of the leaves of the records.
    private(set) var hashes: [MerkleHash] = []
    /// Of the tree with this batch, when it was whole.
    private(set) var root: MerkleHash?
    private(set) var watchedRoots: [UInt64: MerkleHash] = [:]

    init(after frontier: MerkleFrontier, watching sizes: [UInt64]) {
        self.frontier = frontier
        first = frontier.size
        watchedSizes = sizes
    }

    /// Returns whether the entry was the trailer, which ends the batch.
    mutating func take(_ entry: SegmentEntry) throws(SegmentFault.Kind) -> Bool {
        switch entry.kind {
        case .leaf: try takeLeaf(entry)
        case .payload: try takePayload(entry)
        case .trailer: try checkTrailer(entry)
        }
        return entry.kind == .trailer
    }

    private mutating func takeLeaf(_ entry: SegmentEntry) throws(SegmentFault.Kind) {
        guard entry.index == frontier.size else { throw .indexOutOfOrder }
        let hash = MerkleHash.leaf(entry.bytes)
        frontier.append(hash)
        hashes.append(hash)
        if watchedSizes.contains(frontier.size) { watchedRoots[frontier.size] = frontier.root }
        records.append(SegmentRecord(index: entry.index, leaf: entry.bytes, payload: nil))
    }

    private mutating func takePayload(_ entry: SegmentEntry) throws(SegmentFault.Kind) {
        guard let last = records.popLast(), last.index == entry.index, last.payload == nil else {
            throw .indexOutOfOrder
        }
        records.append(SegmentRecord(index: last.index, leaf: last.leaf, payload: entry.bytes))
    }

    private mutating func checkTrailer(_ entry: SegmentEntry) throws(SegmentFault.Kind) {
        let root = frontier.root
        guard let trailer = BatchTrailer(entry), !records.isEmpty,
            trailer == BatchTrailer(first: first, count: UInt32(records.count), root: root)
        else { throw .trailerContradictsTree }
        self.root = root
    }
}

extension SegmentFault.Kind {
    /// Whether a batch of which only some blocks reached the disk can look like this.
    ///
    /// Entries with a right CRC that contradict each other cannot: somebody wrote them.
    var canComeFromTearing: Bool {
        switch self {
        case .headerDamaged, .checksumMismatch, .lengthOutOfRange, .batchIncomplete, .bytesAfterEnd: true
        case .headerContradictsTree, .wrongFileSize, .segmentMissing, .unknownKind, .indexOutOfOrder,
            .trailerContradictsTree, .unreadable:
            false
        }
    }
}

extension SegmentWindow {
    /// Whether a trailer of a batch that starts after leaf `size` stands anywhere in the range.
    ///
    /// The next batch is written only when the one before is durable: then the damage is in an acknowledged batch.
    mutating func hasTrailer(from offset: Int, to end: Int, after size: UInt64) throws(SegmentFault.Kind) -> Bool {
        var position = offset
        while position + SegmentFormat.trailerBytes <= end {
            if let trailer = try trailer(at: position), trailer.first > size { return true }
            position += 1
        }
        return false
    }

    private mutating func trailer(at offset: Int) throws(SegmentFault.Kind) -> BatchTrailer? {
        guard let head = try slice(at: offset, count: SegmentFormat.trailerBytes),
            head[head.startIndex] == SegmentFormat.trailerContentBytes,
            head[head.startIndex + 8] == SegmentFormat.Kind.trailer.rawValue
        else { return nil }
        do throws(SegmentFault.Kind) {
            return try entry(at: offset).flatMap { BatchTrailer($0) }
        } catch {
            guard case .unreadable = error else { return nil }
            throw error
        }
    }
}
