import MartletTransparency

/// Reads the leaves of a log behind its writer, in order, from any leaf on.
///
/// It is asked only for leaves that are durable: then every byte up to them has been written, and no checksum is needed.
/// `SegmentFollower` is not told what is durable, and takes whole batches with checksum and trailer.
struct LeafFollower: Sendable {
    private struct Place {
        let number: UInt32
        var window: SegmentWindow
        var offset: Int
    }

    private let layout: LogLayout
    private let files: any SegmentFiles
    private var place: Place?
    /// The leaf that is read next.
    private(set) var index: UInt64

    init(layout: LogLayout, files: any SegmentFiles, from index: UInt64) {
        self.layout = layout
        self.files = files
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
            guard entry.index == index else { throw fault(.indexOutOfOrder, here) }
            index += 1
            return leaf
        }
    }

    /// Closes the file that is open; the follower is not used afterwards.
    func close() {
        if let place { files.close(place.window.file) }
    }

    /// The entry at the place, which then moves behind it; its bytes when it is a leaf. nil where there are only zeros.
    private func read(_ here: inout Place) throws(SegmentError) -> (index: UInt64, leaf: [UInt8]?)? {
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
            throw fault(error, here)
        }
    }

    /// The newest segment that starts at or before the leaf.
    private func start() throws(SegmentError) -> Place {
        var numbers: [UInt32]
        do throws(FileError) {
            numbers = try files.list(layout.segments).compactMap { LogLayout.number(ofSegment: $0) }
        } catch {
            throw .file(error)
        }
        while let number = numbers.popLast() {
            guard let (place, first) = try open(number) else { continue }
            if first <= index { return place }
            files.close(place.window.file)
        }
        throw .missing(path: layout.segment(0))
    }

    private func following(_ here: Place) throws(SegmentError) -> Place {
        guard let (place, first) = try open(here.number + 1) else { throw fault(.headerDamaged, here) }
        guard first == index else {
            files.close(place.window.file)
            throw fault(.headerContradictsTree, place)
        }
        files.close(here.window.file)
        return place
    }

    /// A segment and its first leaf; nil when it has none yet.
    private func open(_ number: UInt32) throws(SegmentError) -> (Place, UInt64)? {
        let path = layout.segment(number)
        let file: OpenFile
        do throws(FileError) { file = try files.open(path, forWriting: false) } catch { throw .file(error) }
        do throws(SegmentError) {
            guard let header = try header(file, path) else {
                files.close(file)
                return nil
            }
            let window = try window(file)
            return (Place(number: number, window: window, offset: SegmentFormat.headerBytes), header.frontier.size)
        } catch {
            files.close(file)
            throw error
        }
    }

    private func header(_ file: OpenFile, _ path: String) throws(SegmentError) -> SegmentHeader? {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try files.read(file, at: 0, count: SegmentFormat.headerBytes)
        } catch {
            throw .file(error)
        }
        guard bytes.contains(where: { $0 != 0 }) else { return nil }
        guard let header = SegmentHeader(bytes[...]) else { throw .malformed(path: path) }
        return header
    }

    private func window(_ file: OpenFile) throws(SegmentError) -> SegmentWindow {
        do throws(FileError) { return try SegmentWindow(file, files: files) } catch { throw .file(error) }
    }

    private func fault(_ kind: SegmentFault.Kind, _ here: Place) -> SegmentError {
        .damaged(
            SegmentFault(
                segment: LogLayout.segmentName(here.number), offset: here.offset, index: index, kind: kind))
    }
}
