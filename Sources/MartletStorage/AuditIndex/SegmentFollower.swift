import MartletTransparency

/// Follows a log from any batch on, beside its writer, one batch at a time; changes nothing and takes no lock.
///
/// Nobody tells it what is durable: only a whole batch with its checksums and its trailer counts (`LeafFollower` is told).
/// Believes a segment's header for the tree before it: what it gives are the records of this log as it lies here.
/// Whether they are the ones that were written is the question of `SegmentReader.verify`.
struct SegmentFollower {
    private let segments: SegmentOpener
    private var position: OpenSegment?
    /// The tree over all batches passed.
    private(set) var frontier = MerkleFrontier()
    /// What stands where the next batch should: being written just now, or torn, or damage.
    private(set) var obstacle: SegmentFault?

    init(directory: String, files: any SegmentFiles = PosixFiles()) {
        segments = SegmentOpener(layout: LogLayout(directory: directory), files: files)
    }

    /// Goes to the place after the first `size` leaves; false when the log has not exactly these, under `root`.
    ///
    /// Reads one segment at most.
    mutating func start(after size: UInt64, root: MerkleHash) throws(SegmentFault) -> Bool {
        try start(after: size) && (size == 0 || frontier.root == root)
    }

    /// The same for whoever knows no root: false when no batch ends there.
    mutating func start(after size: UInt64) throws(SegmentFault) -> Bool {
        guard try seek(size) else { return size == 0 }
        while frontier.size < size { guard try inThisSegment() != nil else { return false } }
        return frontier.size == size
    }

    /// Goes to the start of the newest segment that begins at or before leaf `size`; false when there is none.
    mutating func seek(_ size: UInt64) throws(SegmentFault) -> Bool {
        close()
        frontier = MerkleFrontier()
        guard size > 0 else { return false }
        for number in try numbers().reversed() {
            guard let here = try opened(number) else { continue }
            guard here.before.size > size else {
                (position, frontier) = (here, here.before)
                return true
            }
            segments.close(here)
        }
        return false
    }

    /// The leaves of the next whole batch; nil when there is none at this moment.
    mutating func next() throws(SegmentFault) -> [PlacedLeaf]? {
        if position == nil { try enter(0) }
        while position != nil {
            if let batch = try inThisSegment() { return batch }
            guard let here = position, try enter(here.number + 1) else { return nil }
        }
        return nil
    }

    /// Closes the file that is open. The follower goes on from the start of the log after it.
    mutating func close() {
        if let position { segments.close(position) }
        position = nil
    }

    /// Moves to a segment that continues the tree; false when there is none yet.
    @discardableResult
    private mutating func enter(_ number: UInt32) throws(SegmentFault) -> Bool {
        guard try numbers().contains(number), let here = try opened(number) else { return false }
        guard here.before == frontier else {
            segments.close(here)
            // A writer goes on in a new segment only after its last batch was whole in the old one.
            guard here.before.size > frontier.size else { throw fault(.headerContradictsTree, number, 0) }
            if let obstacle { throw obstacle }
            return false
        }
        close()
        position = here
        obstacle = nil
        return true
    }

    private func numbers() throws(SegmentFault) -> [UInt32] {
        do throws(SegmentFault.Kind) { return try segments.numbers() } catch { throw fault(error, 0, 0) }
    }

    /// Nil while it has no header, or one that is being written.
    private func opened(_ number: UInt32) throws(SegmentFault) -> OpenSegment? {
        do throws(SegmentFault.Kind) {
            return try segments.open(number)
        } catch {
            guard error != .headerDamaged else { return nil }
            throw fault(error, number, 0)
        }
    }

    private func fault(_ kind: SegmentFault.Kind, _ segment: UInt32, _ offset: Int) -> SegmentFault {
        SegmentFault(segment: LogLayout.segmentName(segment), offset: offset, index: frontier.size, kind: kind)
    }
}

extension SegmentFollower {
    /// The next batch of the open segment; nil when it is not whole, or there is none.
    private mutating func inThisSegment() throws(SegmentFault) -> [PlacedLeaf]? {
        guard var here = position else { return nil }
        do throws(SegmentFault.Kind) {
            let batch = try batch(&here)
            // What was read ahead may be older than what the writer has done since.
            if batch == nil { here.window.forget() }
            position = here
            if batch != nil { obstacle = nil }
            return batch
        } catch {
            let fault = fault(error, here.number, here.offset)
            guard error.canComeFromTearing else { throw fault }
            position?.window.forget()
            obstacle = fault
            return nil
        }
    }

    private mutating func batch(_ here: inout OpenSegment) throws(SegmentFault.Kind) -> [PlacedLeaf]? {
        var (offset, tree, leaves) = (here.offset, frontier, [PlacedLeaf]())
        while let entry = try here.window.entry(at: offset) {
            switch entry.kind {
            case .leaf:
                guard entry.index == tree.size else { throw .indexOutOfOrder }
                let hash = MerkleHash.leaf(entry.bytes)
                tree.append(hash)
                let place = LeafPlace(index: entry.index, segment: here.number, offset: offset, bytes: entry.size)
                leaves.append(PlacedLeaf(leaf: entry.bytes, hash: hash, place: place))
            case .payload:
                guard var last = leaves.popLast(), last.place.index == entry.index, last.place.payload == nil else {
                    throw .indexOutOfOrder
                }
                last.place.payload = PayloadPlace(
                    index: entry.index, segment: here.number, offset: offset, bytes: entry.size)
                leaves.append(last)
            case .trailer:
                guard
                    BatchTrailer(entry)
                        == BatchTrailer(first: frontier.size, count: UInt32(leaves.count), root: tree.root)
                else { throw .trailerContradictsTree }
                (here.offset, frontier) = (offset + entry.size, tree)
                return leaves
            }
            offset += entry.size
        }
        guard offset == here.offset else { throw .batchIncomplete }
        return nil
    }
}
