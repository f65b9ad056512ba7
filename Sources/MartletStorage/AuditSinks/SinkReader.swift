package import MartletAudit
import MartletTransparency

/// The most that a sink hands over at once.
package struct BatchLimits: Hashable, Sendable {
    package let records: Int
    /// Of leaves; a single larger one goes alone.
    package let bytes: Int

    package init(records: Int, bytes: Int) {
        self.records = records
        self.bytes = bytes
    }
}

/// Reads the records of a log from a cursor on, in batches, beside the writer; changes nothing and takes no lock.
package struct SinkReader {
    private let origin: String
    private var follower: SegmentFollower
    /// Over all records given.
    private var tree = MerkleFrontier()
    /// Read already, and not given yet: the rest of one batch of the writer.
    private var ahead: ArraySlice<PlacedLeaf> = []

    package init(log directory: String, origin: String, files: any SegmentFiles = PosixFiles()) {
        self.origin = origin
        follower = SegmentFollower(directory: directory, files: files)
    }

    /// Behind the last record given.
    package var cursor: SinkCursor { SinkCursor(origin: origin, next: tree.size, root: tree.root) }

    /// Goes to the place of the cursor, and refuses a log that is not the one it was in. Reads one segment at most.
    package mutating func start(at cursor: SinkCursor) throws(SinkRefusal) {
        guard cursor.origin == origin else { throw .otherLog(origin: cursor.origin) }
        ahead = []
        do throws(SegmentFault) {
            _ = try follower.seek(cursor.next)
            tree = follower.frontier
            while tree.size < cursor.next, let leaf = try nextLeaf() { tree.append(leaf.hash) }
        } catch {
            throw .log(error)
        }
        guard tree.size == cursor.next else { throw .beyondEnd(cursor: cursor.next, size: tree.size) }
        guard tree.root == cursor.root else { throw .otherRecords(cursor: cursor.next) }
    }

    /// The records behind the last ones given, below `size`; none when there are none at this moment.
    ///
    /// `size` is what is durable: what is not could be another record after a power cut.
    package mutating func next(_ limits: BatchLimits, below size: UInt64) throws(SegmentFault) -> [ExportedRecord] {
        var (records, bytes) = ([ExportedRecord](), 0)
        while records.count < limits.records, tree.size < size, let leaf = try nextLeaf() {
            guard records.isEmpty || bytes + leaf.leaf.count <= limits.bytes else {
                ahead = [leaf] + ahead
                break
            }
            tree.append(leaf.hash)
            bytes += leaf.leaf.count
            records.append(
                ExportedRecord(origin: origin, index: leaf.place.index, leaf: leaf.leaf, hash: leaf.hash))
        }
        return records
    }

    /// Reads to the end of the log, as far as it is whole; returns how many records it has.
    package mutating func skipToEnd() throws(SegmentFault) -> UInt64 {
        _ = try follower.seek(.max)
        ahead = []
        while try follower.next() != nil {}
        tree = follower.frontier
        return tree.size
    }

    /// Closes what is open. `start` opens it again.
    package mutating func close() {
        follower.close()
        ahead = []
    }

    private mutating func nextLeaf() throws(SegmentFault) -> PlacedLeaf? {
        if ahead.isEmpty { ahead = try follower.next()?[...] ?? [] }
        return ahead.popFirst()
    }
}
