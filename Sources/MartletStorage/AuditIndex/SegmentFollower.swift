import Glibc
import MartletTransparency

/// Follows a log from any batch on, beside its writer, one batch at a time; changes nothing and takes no lock.
///
/// Nobody tells it what is durable: only a whole batch with its checksums and its trailer counts (`LeafFollower` is told).
/// Believes a segment's header for the tree before it: what it gives are the records of this log as it lies here.
/// Whether they are the ones that were written is the question of `SegmentReader.verify`.
struct SegmentFollower {
    private struct Position {
        let number: UInt32
        var window: SegmentWindow
        var offset: Int
    }

    private let layout: LogLayout
    private let files: any SegmentFiles
    private var position: Position?
    /// The tree over all batches passed.
    private(set) var frontier = MerkleFrontier()
    /// What stands where the next batch should: being written just now, or torn, or damage.
    private(set) var obstacle: SegmentFault?

    init(directory: String, files: any SegmentFiles = PosixFiles()) {
        layout = LogLayout(directory: directory)
        self.files = files
    }

    /// Goes to the place after the first `size` leaves; false when the log has not exactly these, under `root`.
    ///
    /// Reads one segment at most.
    mutating func start(after size: UInt64, root: MerkleHash) throws(SegmentFault) -> Bool {
        close()
        frontier = MerkleFrontier()
        guard size > 0 else { return true }
        for number in try numbers().reversed() {
            guard let (here, tree) = try opened(number) else { continue }
            guard tree.size <= size else {
                files.close(here.window.file)
                continue
            }
            (position, frontier) = (here, tree)
            while frontier.size < size { guard try inThisSegment() != nil else { return false } }
            return frontier.size == size && frontier.root == root
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
        if let position { files.close(position.window.file) }
        position = nil
    }

    /// Moves to a segment that continues the tree; false when there is none yet.
    @discardableResult
    private mutating func enter(_ number: UInt32) throws(SegmentFault) -> Bool {
        guard try numbers().contains(number), let (here, tree) = try opened(number) else { return false }
        guard tree == frontier else {
            files.close(here.window.file)
            // A writer goes on in a new segment only after its last batch was whole in the old one.
            guard tree.size > frontier.size else { throw fault(.headerContradictsTree, number, 0) }
            if let obstacle { throw obstacle }
            return false
        }
        close()
        position = here
        obstacle = nil
        return true
    }

    private func numbers() throws(SegmentFault) -> [UInt32] {
        do throws(FileError) {
            return try files.list(layout.segments).compactMap { LogLayout.number(ofSegment: $0) }
        } catch {
            guard error.errno != ENOENT else { return [] }
            throw fault(.unreadable(error), 0, 0)
        }
    }

    /// A segment and the tree before it; nil while it has no header.
    private func opened(_ number: UInt32) throws(SegmentFault) -> (Position, MerkleFrontier)? {
        let file = try file(number)
        do throws(SegmentFault.Kind) {
            var window = try Self.window(file, files)
            if let bytes = try window.slice(at: 0, count: SegmentFormat.headerBytes), let header = SegmentHeader(bytes),
                header.number == number
            {
                let here = Position(number: number, window: window, offset: SegmentFormat.headerBytes)
                return (here, header.frontier)
            }
        } catch {
            files.close(file)
            throw fault(error, number, 0)
        }
        files.close(file)
        return nil
    }

    private func file(_ number: UInt32) throws(SegmentFault) -> OpenFile {
        do throws(FileError) {
            return try files.open(layout.segment(number), forWriting: false)
        } catch {
            throw fault(.unreadable(error), number, 0)
        }
    }

    private static func window(_ file: OpenFile, _ files: any SegmentFiles) throws(SegmentFault.Kind) -> SegmentWindow {
        do throws(FileError) { return try SegmentWindow(file, files: files) } catch { throw .unreadable(error) }
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

    private mutating func batch(_ here: inout Position) throws(SegmentFault.Kind) -> [PlacedLeaf]? {
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
