package import MartletTransparency

/// Reads and verifies an audit log offline or beside its writer; changes nothing and takes no lock.
package struct SegmentReader: Sendable {
    private let layout: LogLayout
    private let files: any SegmentFiles

    package init(directory: String, files: any SegmentFiles = PosixFiles()) {
        layout = LogLayout(directory: directory)
        self.files = files
    }

    /// Verifies every byte of the log and its signed checkpoint, and hands each record to `visit`, in order.
    ///
    /// `verifierKey` is the log's public key as the auditor holds it; without it the one beside the log is believed.
    /// Records are handed out before the whole log is verified: on an error, forget what was seen. `payloads` gets the
    /// places of what is sealed, for `payload(at:)`; `ends`, before the records of a
    /// batch or of some, the size and root of the tree behind it.
    ///
    /// `comparesTiles` also reads the tiles up to the checkpoint, with what earlier checkpoints left beside them, and throws
    /// the first that is missing or another one than the segments say.
    ///
    /// `holdsToHead` also compares with the head, when the log says where it is and it can be read.
    ///
    /// Beside a live writer this is the log as it was durable at some moment of the reading, and perhaps the batch being
    /// written then, whole.
    @discardableResult
    package func verify(
        verifierKey: String? = nil, comparesTiles: Bool = false, holdsToHead: Bool = false,
        visit: ((ParsedRecord) -> Void)? = nil,
        payloads: (PayloadPlace) -> Void = { _ in }, ends: (UInt64, MerkleHash) -> Void = { _, _ in }
    ) throws(SegmentError) -> LogSummary {
        // Before the segments: beside a live writer the log may then only be longer than checkpoint and head.
        let head = try holdsToHead ? KeptHead(layout: layout, files: files) : nil
        let (checkpoint, rotations) = try readCheckpoint(verifierKey)
        var cursor: SegmentCursor
        do throws(FileError) {
            cursor = try SegmentCursor(
                layout: layout, files: files, watching: [checkpoint?.size, head?.size].compactMap(\.self))
        } catch {
            throw .file(error)
        }
        defer { cursor.close() }
        var whole = WholeLog(
            rotations: rotations,
            tiles: comparesTiles ? TileComparison(size: checkpoint?.size ?? 0, layout: layout, files: files) : nil)
        if let visit {
            whole = try cursor.walkAhead(
                whole, take: { $0.take($1, $2.hashes) }, visit: visit, payloads: payloads, ends: ends)
        } else {
            try cursor.walk(payloads: payloads) { whole.take($0, $1) }
        }
        if let last = rotations.last, whole.isForeign || last.index >= cursor.frontier.size {
            throw .rewritten(checkpoint: last.checkpoint.size)
        }
        guard checkpoint != nil || cursor.numbers.isEmpty else { throw .missing(path: layout.checkpoint) }
        try cursor.check(against: checkpoint)
        try head?.check(cursor)
        if let fault = whole.finish() { throw fault }
        return LogSummary(
            size: cursor.frontier.size, root: cursor.frontier.root, segments: cursor.numbers.count,
            checkpoint: checkpoint, tail: cursor.tail, rotations: rotations, head: head)
    }

    /// Hands out again, in order, the records of a log that was verified; so that nobody need keep them until then.
    ///
    /// A live log may be longer by now: what was added is left out. On an error the log is another one than the verified.
    package func records(of summary: LogSummary, visit: (SegmentRecord) -> Void) throws(SegmentError) {
        var cursor: SegmentCursor
        do throws(FileError) {
            cursor = try SegmentCursor(layout: layout, files: files, watching: [summary.size])
        } catch {
            throw .file(error)
        }
        defer { cursor.close() }
        do throws(SegmentFault) {
            while cursor.frontier.size < summary.size, let batch = try cursor.nextBatch() {
                for record in batch where record.index < summary.size { visit(record) }
            }
        } catch {
            throw .damaged(error)
        }
        guard cursor.watchedRoots[summary.size] == summary.root else { throw .rewritten(checkpoint: summary.size) }
    }

    /// The sealed values at a place that `verify` named.
    package func payload(at place: PayloadPlace) throws(SegmentError) -> [UInt8] {
        let entry: [UInt8]
        do throws(FileError) {
            let file = try files.open(layout.segment(place.segment), forWriting: false)
            defer { files.close(file) }
            entry = try files.read(file, at: place.offset, count: place.bytes)
        } catch {
            throw .file(error)
        }
        guard entry.count == place.bytes, entry[...].littleEndian(UInt64.self, at: 9) == place.index,
            CRC32C.checksum(entry.dropFirst(8)) == entry[...].littleEndian(UInt32.self, at: 4)
        else {
            throw .damaged(
                SegmentFault(
                    segment: LogLayout.segmentName(place.segment), offset: place.offset, index: place.index,
                    kind: .checksumMismatch))
        }
        return Array(entry.dropFirst(SegmentFormat.entryHeaderBytes))
    }

    /// The record at `index`; nil when the log is shorter. Verifies everything before it.
    package func record(at index: UInt64) throws(SegmentError) -> SegmentRecord? {
        var cursor: SegmentCursor
        do throws(FileError) { cursor = try SegmentCursor(layout: layout, files: files) } catch { throw .file(error) }
        defer { cursor.close() }
        do throws(SegmentFault) {
            while let batch = try cursor.nextBatch() {
                if let last = batch.last, last.index >= index { return batch.first { $0.index == index } }
            }
        } catch {
            throw .damaged(error)
        }
        return nil
    }

    /// The checkpoint, signed by the key or by one that it vouches for, and the replacements of the key.
    private func readCheckpoint(
        _ verifierKey: String?
    ) throws(SegmentError) -> (checkpoint: Checkpoint?, rotations: [KeyRotation]) {
        let file = CheckpointFile(layout: layout, files: files)
        var given = verifierKey
        if given == nil { given = try file.text(layout.verifierKey) }
        guard let text = given else { return (nil, []) }
        let key = String(decoding: text.utf8.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        guard let verifier = NoteVerifier(key) else { throw .malformed(path: layout.verifierKey) }
        let chain = try RotationFiles(layout: layout, files: files).chain(from: verifier).chain
        return (try file.load(chain: chain), chain.rotations)
    }
}

/// What is compared with a log while it is read: the records that replaced its key, and its tiles.
struct WholeLog: Sendable {
    let rotations: [KeyRotation]
    /// Nil when they are not to be compared.
    var tiles: TileComparison?
    /// Whether the log is another one than a key before signed.
    private(set) var isForeign = false
    private var tree = MerkleFrontier()

    init(rotations: [KeyRotation], tiles: TileComparison?) {
        self.rotations = rotations
        self.tiles = tiles
    }

    mutating func take(_ records: [SegmentRecord], _ hashes: [MerkleHash]) {
        for (record, hash) in zip(records, hashes) {
            // What each key before signed last must be a beginning of the log too.
            for rotation in rotations where rotation.index == record.index && rotation.leaf != hash {
                isForeign = true
            }
            if !rotations.isEmpty { tree.append(hash) }
            for rotation in rotations where rotation.checkpoint.size == tree.size {
                if rotation.checkpoint.root != tree.root { isForeign = true }
            }
            tiles?.take(record.leaf, hash)
        }
    }

    /// Looks at what is left; the first tile that is missing or another one.
    mutating func finish() -> SegmentError? {
        tiles?.finish()
        return tiles?.fault
    }
}

/// What a verified log amounts to.
package struct LogSummary: Hashable, Sendable {
    package let size: UInt64
    package let root: MerkleHash
    package let segments: Int
    /// The signed statement; nil for a log that was never opened by a writer.
    package let checkpoint: Checkpoint?
    /// Beside a live writer: a batch in flight. Otherwise what the next start will put into quarantine.
    package let tail: UnfinishedTail?
    /// Where the key that signs the log was replaced, since the key that was given.
    package let rotations: [KeyRotation]
    /// The head that the log was held to; nil when it was not, or the log has none.
    package let head: KeptHead?
}

extension SegmentCursor {
    /// Walks to the end on this thread.
    mutating func walk(
        payloads visitPayload: (PayloadPlace) -> Void = { _ in },
        batches visitBatch: ([SegmentRecord], [MerkleHash]) -> Void = { _, _ in }
    ) throws(SegmentError) {
        do throws(SegmentFault) {
            while let batch = try nextBatch() {
                visitBatch(batch, hashes)
                payloads.forEach(visitPayload)
            }
        } catch {
            throw .damaged(error)
        }
    }

    /// After `walk`: refuses a log that is not the continuation of what its checkpoint states.
    func check(against checkpoint: Checkpoint?) throws(SegmentError) {
        guard let checkpoint else { return }
        guard let root = watchedRoots[checkpoint.size] else {
            // Bytes that were acknowledged and are unreadable now: their place says more than the missing count.
            if let tail { throw .damaged(tail.fault) }
            throw .rolledBack(size: frontier.size, checkpoint: checkpoint.size)
        }
        guard root == checkpoint.root else { throw .rewritten(checkpoint: checkpoint.size) }
    }
}
