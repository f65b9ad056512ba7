import Glibc
import MartletAudit

/// Single entries, read where the index says they are.
struct PlacedEntries: Sendable {
    private let layout: LogLayout
    private let files: any SegmentFiles
    private let payloads: SegmentReader

    init(directory: String, files: any SegmentFiles = PosixFiles()) {
        layout = LogLayout(directory: directory)
        self.files = files
        payloads = SegmentReader(directory: directory, files: files)
    }

    /// The leaf at a place; nil when something else stands there. Its hash is compared by the caller.
    func leaf(at place: LeafPlace) throws(FileError) -> [UInt8]? {
        let largest = SegmentFormat.entryHeaderBytes + AuditEntry.maximumLeafBytes
        guard (SegmentFormat.entryHeaderBytes...largest).contains(place.bytes), place.offset >= 0 else { return nil }
        let entry: [UInt8]
        do throws(FileError) {
            let file = try files.open(layout.segment(place.segment), forWriting: false)
            defer { files.close(file) }
            entry = try files.read(file, at: place.offset, count: place.bytes)
        } catch {
            guard error.errno != ENOENT else { return nil }
            throw error
        }
        guard entry.count == place.bytes, entry[8] == SegmentFormat.Kind.leaf.rawValue,
            entry[...].littleEndian(UInt32.self, at: 0) == place.bytes - SegmentFormat.entryHeaderBytes,
            entry[...].littleEndian(UInt64.self, at: 9) == place.index,
            CRC32C.checksum(entry.dropFirst(8)) == entry[...].littleEndian(UInt32.self, at: 4)
        else { return nil }
        return Array(entry.dropFirst(SegmentFormat.entryHeaderBytes))
    }

    /// What is sealed beside a record; nil when nothing is, or it cannot be read.
    func payload(of record: IndexedRecord) -> [UInt8]? {
        guard let place = record.place.payload else { return nil }
        do throws(SegmentError) { return try payloads.payload(at: place) } catch { return nil }
    }
}
