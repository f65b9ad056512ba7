import MartletTransparency

/// Walks over a log batch by batch and believes nothing: CRC, order, trailer roots, headers, zeros to the end.
///
/// Stops before an unfinished batch at the very end (`tail`); every other deviation is thrown as a fault.
struct SegmentCursor {
    /// The segment being read.
    struct Place {
        let number: UInt32
        var window: SegmentWindow
        /// Where the next batch starts; 0 while the segment has no header yet.
        var offset = 0
        /// What is being read, for the name of a fault.
        var position = 0
    }

    private let files: any SegmentFiles
    private let layout: LogLayout
    private let watchedSizes: [UInt64]
    private var isOver = false
    /// Where a batch was read a second time.
    private var reread: (segment: UInt32, offset: Int)?
    /// The segments of the log, in order.
    let numbers: [UInt32]
    private(set) var place: Place?
    /// The tree over all batches returned so far.
    private(set) var frontier = MerkleFrontier()
    private(set) var tail: UnfinishedTail?
    /// Of the batch returned last.
    private(set) var payloads: [PayloadPlace] = []
    /// The hashes of the leaves in the batch returned last.
    private(set) var hashes: [MerkleHash] = []
    /// The root of the tree with the batch returned last.
    private(set) var root = MerkleHash.empty
    /// The roots when the tree had exactly as many leaves as are watched for.
    private(set) var watchedRoots: [UInt64: MerkleHash]

    init(layout: LogLayout, files: any SegmentFiles, watching sizes: [UInt64] = []) throws(FileError) {
        self.layout = layout
        self.files = files
        watchedSizes = sizes
        watchedRoots = sizes.contains(0) ? [0: .empty] : [:]
        numbers = try files.list(layout.segments).compactMap { LogLayout.number(ofSegment: $0) }
    }

    /// The records of the next batch, all verified; nil at the end of the log.
    mutating func nextBatch() throws(SegmentFault) -> [SegmentRecord]? {
        while !isOver {
            if place == nil { try enter(0) }
            guard var here = place else { break }
            do throws(SegmentFault.Kind) {
                let records = try read(&here)
                place = here
                if let records { return records }
            } catch {
                place = here
                try end(at: here, because: error)
                continue
            }
            try advance(from: here)
        }
        isOver = true
        return nil
    }

    /// Closes the file that is open; the cursor is not used afterwards.
    func close() {
        if let place { files.close(place.window.file) }
    }

    private mutating func enter(_ position: Int) throws(SegmentFault) {
        guard position < numbers.count else { return }
        let name = LogLayout.segmentName(UInt32(position))
        guard numbers[position] == UInt32(position) else { throw fault(.segmentMissing, name, 0) }
        do throws(FileError) {
            let file = try files.open(layout.segment(numbers[position]), forWriting: false)
            place = Place(number: numbers[position], window: try SegmentWindow(file, files: files))
        } catch {
            throw fault(.unreadable(error), name, 0)
        }
    }

    private mutating func advance(from here: Place) throws(SegmentFault) {
        guard !isLast(here) else {
            isOver = true
            return
        }
        files.close(here.window.file)
        place = nil
        try enter(Int(here.number) + 1)
    }

    /// Ends the walk before a batch that was being written, throws what is wrong, or has the batch read again.
    ///
    /// Beside a live writer a batch may be seen half-written, and whole with others behind it a moment later. A batch is
    /// written only when the one before is durable: what is read again after a later batch was seen can only be whole. In
    /// a log at rest the second reading finds what the first one found, and that is the fault.
    private mutating func end(at here: Place, because kind: SegmentFault.Kind) throws(SegmentFault) {
        let name = LogLayout.segmentName(here.number)
        let fault = fault(kind, name, here.position)
        guard isLast(here), kind.canComeFromTearing else { throw fault }
        var window = here.window
        window.forget()
        do throws(SegmentFault.Kind) {
            let end = try window.endOfContent(from: here.offset) ?? here.offset
            // A trailer ends with a root, and that may end with zeros.
            let last = min(end + SegmentFormat.trailerBytes, window.size)
            guard try window.hasTrailer(from: here.offset, to: last, after: frontier.size) else {
                tail = UnfinishedTail(segment: name, offset: here.offset, bytes: end - here.offset, fault: fault)
                isOver = true
                return
            }
        } catch {
            throw SegmentFault(segment: name, offset: here.position, index: frontier.size, kind: error)
        }
        guard reread?.segment != here.number || reread?.offset != here.offset else { throw fault }
        reread = (here.number, here.offset)
        place?.window.forget()
    }

    private func isLast(_ place: Place) -> Bool { Int(place.number) + 1 == numbers.count }

    private func fault(_ kind: SegmentFault.Kind, _ segment: String, _ offset: Int) -> SegmentFault {
        SegmentFault(segment: segment, offset: offset, index: frontier.size, kind: kind)
    }
}

extension SegmentCursor {
    /// The next batch of this segment; nil when there are only zeros from here to its end.
    private mutating func read(_ here: inout Place) throws(SegmentFault.Kind) -> [SegmentRecord]? {
        here.position = here.offset
        if here.offset == 0 { try readHeader(&here) }
        if here.offset > 0, let records = try readBatch(&here) { return records }
        guard let end = try here.window.endOfContent(from: here.offset) else { return nil }
        here.position = end - 1
        throw .bytesAfterEnd
    }

    private func readHeader(_ here: inout Place) throws(SegmentFault.Kind) {
        guard let bytes = try here.window.slice(at: 0, count: SegmentFormat.headerBytes) else { throw .wrongFileSize }
        guard bytes.contains(where: { $0 != 0 }) else {
            // Made ahead and not yet used: only the last segment may be so.
            guard isLast(here) else { throw .headerDamaged }
            return
        }
        guard let header = SegmentHeader(bytes), header.number == here.number else { throw .headerDamaged }
        guard header.segmentBytes == here.window.size else { throw .wrongFileSize }
        guard header.frontier == frontier else { throw .headerContradictsTree }
        here.offset = SegmentFormat.headerBytes
        here.position = here.offset
    }

    private mutating func readBatch(_ here: inout Place) throws(SegmentFault.Kind) -> [SegmentRecord]? {
        var batch = BatchDecoder(after: frontier, watching: watchedSizes)
        payloads = []
        while let entry = try here.window.entry(at: here.position) {
            let isComplete = try batch.take(entry)
            if entry.kind == .payload {
                payloads.append(
                    PayloadPlace(index: entry.index, segment: here.number, offset: here.position, bytes: entry.size))
            }
            here.position += entry.size
            guard isComplete else { continue }
            frontier = batch.frontier
            hashes = batch.hashes
            root = batch.root ?? root
            watchedRoots.merge(batch.watchedRoots) { first, _ in first }
            here.offset = here.position
            return batch.records
        }
        guard here.position == here.offset else { throw .batchIncomplete }
        return nil
    }
}
