import Glibc
import MartletTransparency

/// Finds and opens the segments of a log for whoever follows it beside its writer.
struct SegmentOpener: Sendable {
    let layout: LogLayout
    let files: any SegmentFiles

    /// The numbers of the segments there are, in order; none before there is a log.
    func numbers() throws(SegmentFault.Kind) -> [UInt32] {
        do throws(FileError) {
            return try files.list(layout.segments).compactMap { LogLayout.number(ofSegment: $0) }
        } catch {
            guard error.errno != ENOENT else { return [] }
            throw .unreadable(error)
        }
    }

    /// A segment at its first entry; nil while it has no header.
    ///
    /// `headerDamaged` is what a header looks like that is not of this format, is another segment's, or is being written.
    func open(_ number: UInt32) throws(SegmentFault.Kind) -> OpenSegment? {
        let file = try file(number)
        do throws(SegmentFault.Kind) {
            var window = try window(file)
            if let bytes = try window.slice(at: 0, count: SegmentFormat.headerBytes), bytes.contains(where: { $0 != 0 })
            {
                guard let header = SegmentHeader(bytes), header.number == number else { throw .headerDamaged }
                return OpenSegment(number: number, before: header.frontier, window: window)
            }
        } catch {
            files.close(file)
            throw error
        }
        files.close(file)
        return nil
    }

    func close(_ segment: OpenSegment) { files.close(segment.window.file) }

    private func file(_ number: UInt32) throws(SegmentFault.Kind) -> OpenFile {
        do throws(FileError) {
            return try files.open(layout.segment(number), forWriting: false)
        } catch {
            throw .unreadable(error)
        }
    }

    private func window(_ file: OpenFile) throws(SegmentFault.Kind) -> SegmentWindow {
        do throws(FileError) { return try SegmentWindow(file, files: files) } catch { throw .unreadable(error) }
    }
}

/// One segment that is being read, and how far.
struct OpenSegment: Sendable {
    let number: UInt32
    /// The tree before its first leaf, as its header says.
    let before: MerkleFrontier
    var window: SegmentWindow
    /// Where the next entry or batch stands.
    var offset = SegmentFormat.headerBytes

    init(number: UInt32, before: MerkleFrontier, window: SegmentWindow) {
        self.number = number
        self.before = before
        self.window = window
    }
}
