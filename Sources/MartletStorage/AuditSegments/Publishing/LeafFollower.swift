import MartletTransparency

/// Reads the leaves of a log behind its writer, in order, from any leaf on.
///
/// It is asked only for leaves that are durable: then every byte up to them has been written, and no checksum is needed.
/// `SegmentFollower` is not told what is durable, and takes whole batches with checksum and trailer.
struct LeafFollower: Sendable {
    private let segments: SegmentOpener
    private var place: OpenSegment?
    /// The leaf that is read next.
    private(set) var index: UInt64

    init(layout: LogLayout, files: any SegmentFiles, from index: UInt64) {
        segments = SegmentOpener(layout: layout, files: files)
        self.index = index
    }

    /// What was read ahead may be older than what is durable by now.
    mutating func refresh() { place?.window.forget() }

    /// The next leaf, or nil when it is not below `size`; everything below `size` must be durable since the last refresh.
    ///
    /// Its checksum is not looked at: whoever asks compares the root over all leaves with the one of the durable head.
    mutating func next(below size: UInt64) throws(SegmentError) -> [UInt8]? {
        guard index < size else { return nil }
        while true {
            if place == nil { place = try start() }
            guard var here = place else { return nil }
            guard let entry = try read(&here) else {
                place = try following(here)
                continue
            }
            place = here
            guard let leaf = entry.leaf, entry.index >= index else { continue }
            guard entry.index == index else { throw fault(.indexOutOfOrder, here.number, here.offset) }
            index += 1
            return leaf
        }
    }

    /// Closes the file that is open; the follower is not used afterwards.
    func close() {
        if let place { segments.close(place) }
    }

    /// The entry at the place, which then moves behind it; its bytes when it is a leaf. nil where there are only zeros.
    private func read(_ here: inout OpenSegment) throws(SegmentError) -> (index: UInt64, leaf: [UInt8]?)? {
        do throws(SegmentFault.Kind) {
            let size = SegmentFormat.entryHeaderBytes
            guard let head = try here.window.slice(at: here.offset, count: size) else { return nil }
            let kind = head[head.startIndex + 8]
            guard kind != 0 else { return nil }
            let start = here.offset + size
            let length = Int(head.littleEndian(UInt32.self, at: 0))
            let index = head.littleEndian(UInt64.self, at: 9)
            guard start + length <= here.window.size else { throw .lengthOutOfRange }
            here.offset = start + length
            guard kind == SegmentFormat.Kind.leaf.rawValue else { return (index, nil) }
            return (index, try here.window.slice(at: start, count: length).map { Array($0) })
        } catch {
            throw fault(error, here.number, here.offset)
        }
    }

    /// The newest segment that starts at or before the leaf.
    private func start() throws(SegmentError) -> OpenSegment {
        var numbers: [UInt32]
        do throws(SegmentFault.Kind) { numbers = try segments.numbers() } catch { throw fault(error, 0, 0) }
        while let number = numbers.popLast() {
            guard let segment = try open(number) else { continue }
            if segment.before.size <= index { return segment }
            segments.close(segment)
        }
        throw .missing(path: segments.layout.segment(0))
    }

    private func following(_ here: OpenSegment) throws(SegmentError) -> OpenSegment {
        guard let segment = try open(here.number + 1) else { throw fault(.headerDamaged, here.number + 1, 0) }
        guard segment.before.size == index else {
            segments.close(segment)
            throw fault(.headerContradictsTree, segment.number, 0)
        }
        segments.close(here)
        return segment
    }

    /// A segment; nil when it has no header yet.
    private func open(_ number: UInt32) throws(SegmentError) -> OpenSegment? {
        do throws(SegmentFault.Kind) { return try segments.open(number) } catch { throw fault(error, number, 0) }
    }

    private func fault(_ kind: SegmentFault.Kind, _ number: UInt32, _ offset: Int) -> SegmentError {
        if case .unreadable(let cause) = kind { return .file(cause) }
        return .damaged(
            SegmentFault(segment: LogLayout.segmentName(number), offset: offset, index: index, kind: kind))
    }
}
