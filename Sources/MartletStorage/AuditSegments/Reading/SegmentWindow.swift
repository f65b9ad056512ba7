/// A segment file, read piece by piece.
struct SegmentWindow {
    private static let step = 1 << 20
    private let files: any SegmentFiles
    let file: OpenFile
    let size: Int
    private var start = 0
    private var bytes: [UInt8] = []

    init(_ file: OpenFile, files: any SegmentFiles) throws(FileError) {
        self.file = file
        self.files = files
        size = try files.facts(file).size
    }

    /// Reads everything anew from here on: a live writer may have changed it.
    mutating func forget() { (start, bytes) = (0, []) }

    /// Exactly `count` bytes; nil when the file ends before.
    mutating func slice(at offset: Int, count: Int) throws(SegmentFault.Kind) -> ArraySlice<UInt8>? {
        guard offset + count <= size else { return nil }
        if offset < start || offset + count > start + bytes.count {
            try fill(from: offset, count: min(max(count, Self.step), size - offset))
        }
        guard offset + count <= start + bytes.count else { return nil }
        return bytes[(offset - start)..<(offset - start + count)]
    }

    private mutating func fill(from offset: Int, count: Int) throws(SegmentFault.Kind) {
        do throws(FileError) {
            bytes = try files.read(file, at: offset, count: count)
            start = offset
        } catch {
            throw .unreadable(error)
        }
    }

    /// The offset after the last byte, from `offset` on, that is not zero; nil when all are.
    mutating func endOfContent(from offset: Int) throws(SegmentFault.Kind) -> Int? {
        var (position, end) = (offset, Int?.none)
        while position < size {
            let piece = try slice(at: position, count: min(Self.step, size - position)) ?? []
            guard !piece.isEmpty else { return end }
            if let last = Self.lastNonZero(in: piece) { end = position + last + 1 }
            position += piece.count
        }
        return end
    }

    private static func lastNonZero(in piece: ArraySlice<UInt8>) -> Int? {
        piece.withUnsafeBytes { bytes in
            var position = bytes.count
            while position > 0 {
                if position >= 8, bytes.loadUnaligned(fromByteOffset: position - 8, as: UInt64.self) == 0 {
                    position -= 8
                } else if bytes[position - 1] == 0 {
                    position -= 1
                } else {
                    return position - 1
                }
            }
            return nil
        }
    }

    /// The entry at `offset`; nil where there are only zeros, or too little room for an entry.
    mutating func entry(at offset: Int) throws(SegmentFault.Kind) -> SegmentEntry? {
        guard let head = try slice(at: offset, count: SegmentFormat.entryHeaderBytes),
            head.contains(where: { $0 != 0 })
        else { return nil }
        let length = Int(head.littleEndian(UInt32.self, at: 0))
        guard let whole = try slice(at: offset, count: SegmentFormat.entryHeaderBytes + length) else {
            throw .lengthOutOfRange
        }
        guard CRC32C.checksum(whole.dropFirst(8)) == whole.littleEndian(UInt32.self, at: 4) else {
            throw .checksumMismatch
        }
        guard let kind = SegmentFormat.Kind(rawValue: whole.littleEndian(UInt8.self, at: 8)) else {
            throw .unknownKind
        }
        let bytes = Array(whole.dropFirst(SegmentFormat.entryHeaderBytes))
        return SegmentEntry(kind: kind, index: whole.littleEndian(UInt64.self, at: 9), bytes: bytes)
    }
}
