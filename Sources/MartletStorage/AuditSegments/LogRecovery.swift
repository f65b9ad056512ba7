import MartletTransparency

/// Brings a log back to the last batch that was whole.
///
/// Nothing that may only be in the page cache is trusted: after a failed `fsync` Linux marks its pages clean, so the
/// last segment is copied to fresh blocks. Source: Rebello and others, "Can Applications Recover from fsync Failures?".
struct LogRecovery {
    let layout: LogLayout
    let files: any SegmentFiles
    let settings: SegmentSettings

    struct Result {
        let segment: ActiveSegment
        let frontier: MerkleFrontier
        let report: RecoveryReport
    }

    /// Verifies the log against `checkpoint` and `head`, takes the head for this run, and makes its last segment ready for writing.
    func recover(
        _ checkpoint: Checkpoint, holding head: inout HeadClaim?, visit: ((ParsedRecord) -> Void)?
    ) throws(SegmentError) -> Result {
        var cursor: SegmentCursor
        do throws(FileError) {
            cursor = try SegmentCursor(
                layout: layout, files: files, watching: [checkpoint.size, head?.found?.checkpoint.size ?? 0])
        } catch {
            throw .file(error)
        }
        defer { cursor.close() }
        if let visit {
            _ = try cursor.walkAhead(0, take: { _, _, _ in }, visit: visit)
        } else {
            try cursor.walk()
        }
        try cursor.check(against: checkpoint)
        if let found = head?.found {
            try head?.check(size: cursor.frontier.size, root: cursor.watchedRoots[found.checkpoint.size])
        }
        try head?.claim(stated: checkpoint)
        do throws(FileError) {
            return try prepare(cursor, checkpoint)
        } catch {
            throw .file(error)
        }
    }

    private func prepare(_ cursor: SegmentCursor, _ checkpoint: Checkpoint) throws(FileError) -> Result {
        guard let last = cursor.place else {
            try SegmentMaker(layout: layout, files: files, segmentBytes: settings.segmentBytes).make(layout.segment(0))
            return try result(cursor, number: 0, offset: 0, wasInterrupted: false, quarantined: nil)
        }
        let quarantined = try cursor.tail.map { tail throws(FileError) in try quarantine(tail, last) }
        // What the checkpoint states was durable before it was signed. Anything later may be in the page cache only.
        let wasInterrupted = cursor.tail != nil || cursor.frontier.size > checkpoint.size
        // A header without a batch was written with one that is lost: of it too, only the page cache may have a copy.
        if wasInterrupted || last.offset == SegmentFormat.headerBytes { try rewrite(last) }
        return try result(
            cursor, number: last.number, offset: last.offset, wasInterrupted: wasInterrupted, quarantined: quarantined)
    }

    private func result(
        _ cursor: SegmentCursor, number: UInt32, offset: Int, wasInterrupted: Bool, quarantined: QuarantinedTail?
    ) throws(FileError) -> Result {
        let file = try files.open(layout.segment(number), forWriting: true)
        let bytes = try files.facts(file).size
        let report = RecoveryReport(
            size: cursor.frontier.size, root: cursor.frontier.root, segments: max(cursor.numbers.count, 1),
            isNew: cursor.numbers.isEmpty, wasInterrupted: wasInterrupted, quarantined: quarantined)
        let segment = ActiveSegment(file: file, number: number, bytes: bytes, offset: offset)
        return Result(segment: segment, frontier: cursor.frontier, report: report)
    }

    private func quarantine(_ tail: UnfinishedTail, _ place: SegmentCursor.Place) throws(FileError) -> QuarantinedTail {
        let path = layout.tail(tail.segment, offset: tail.offset)
        let bytes = try files.read(place.window.file, at: tail.offset, count: tail.bytes)
        try files.makeDirectory(layout.quarantine)
        try files.synchronizeDirectory(layout.directory)
        try files.replace(path, with: bytes)
        return QuarantinedTail(tail: tail, path: path)
    }

    /// Copies the whole batches of a segment into fresh, synchronised blocks and puts them in its place in one step.
    private func rewrite(_ place: SegmentCursor.Place) throws(FileError) {
        let path = layout.segments + "/rewrite.tmp"
        try SegmentMaker(layout: layout, files: files, segmentBytes: place.window.size).make(path)
        let copy = try files.open(path, forWriting: true)
        defer { files.close(copy) }
        var offset = 0
        while offset < place.offset {
            let piece = try files.read(place.window.file, at: offset, count: min(1 << 20, place.offset - offset))
            try files.write(piece, to: copy, at: offset)
            offset += piece.count
        }
        try files.synchronize(copy)
        try files.rename(path, to: layout.segment(place.number))
        try files.synchronizeDirectory(layout.segments)
    }
}
