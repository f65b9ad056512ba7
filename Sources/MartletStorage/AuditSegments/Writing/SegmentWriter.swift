import MartletTransparency

/// The segment that is being written.
struct ActiveSegment: Sendable {
    let file: OpenFile
    let number: UInt32
    let bytes: Int
    /// Where the next batch goes; 0 when the header is still to be written.
    var offset: Int
}

/// Puts batches into segments. Used by one thread.
struct SegmentWriter: Sendable {
    /// A batch is closed when it has reached this size, so that its callers do not wait for ever larger writes.
    private static let batchBytes = 4 << 20

    private let layout: LogLayout
    private let files: any SegmentFiles
    private let runway: Runway
    private var segment: ActiveSegment
    private var batch: BatchEncoder
    /// The tree over all durable leaves.
    private(set) var frontier: MerkleFrontier

    init(
        layout: LogLayout, files: any SegmentFiles, runway: Runway, segment: ActiveSegment, frontier: MerkleFrontier
    ) {
        self.layout = layout
        self.files = files
        self.runway = runway
        self.segment = segment
        self.frontier = frontier
        batch = BatchEncoder(after: frontier)
    }

    /// Starts a batch.
    mutating func begin() {
        let header = SegmentHeader(number: segment.number, segmentBytes: segment.bytes, frontier: frontier)
        batch.begin(header: segment.offset == 0 ? header : nil)
    }

    /// Adds an entry to the batch; false when it must go into the next one.
    mutating func add(_ append: PendingAppend) -> Bool {
        let end = segment.offset + batch.bytes.count + append.bytes + SegmentFormat.trailerBytes
        let isFull = batch.count > 0 && batch.bytes.count + append.bytes > Self.batchBytes
        guard end <= segment.bytes, !isFull else { return false }
        batch.add(leaf: append.leaf, hash: append.hash, payload: append.payload)
        return true
    }

    /// Makes the batch durable. After an error the page cache cannot be believed any more: this writer is finished.
    mutating func flush() throws(FileError) {
        batch.finish()
        try files.write(batch.bytes, to: segment.file, at: segment.offset)
        try files.synchronizeData(segment.file)
        segment.offset += batch.bytes.count
        frontier = batch.frontier
    }

    /// The path of a segment made ahead. An error changes nothing.
    func spare() throws(FileError) -> String { try runway.take() }

    /// Goes on with a segment made ahead. After an error it may have its number already: this writer is finished.
    mutating func roll(to spare: String) throws(FileError) {
        let number = segment.number + 1
        let next = try Self.activate(number, from: spare, layout: layout, files: files)
        // The next spare then takes the pages of this one: new ones cost more than the bytes that are written to them.
        files.forget(segment.file)
        files.close(segment.file)
        segment = next
    }

    /// Gives a spare its number; the name is durable before the first batch is.
    static func activate(
        _ number: UInt32, from spare: String, layout: LogLayout, files: any SegmentFiles
    ) throws(FileError) -> ActiveSegment {
        let path = layout.segment(number)
        try files.rename(spare, to: path)
        try files.synchronizeDirectory(layout.segments)
        let file = try files.open(path, forWriting: true)
        return ActiveSegment(file: file, number: number, bytes: try files.facts(file).size, offset: 0)
    }

    func close() { files.close(segment.file) }
}
