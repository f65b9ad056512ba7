import MartletAudit

/// Reads the records of logs that follow each other, from a cursor in one of them on; changes nothing, takes no lock.
struct FollowedReader {
    private let logs: FollowedLogs
    private(set) var member: FollowedLogs.Member
    private var reader: SinkReader

    /// Goes to the place of the cursor, and refuses a log that is not the one it was in.
    init(_ logs: FollowedLogs, at cursor: SinkCursor) throws(SinkRefusal) {
        self.logs = logs
        member = try logs.member(of: cursor)
        reader = SinkReader(log: member.shard.directory, origin: member.origin)
        do throws(SinkRefusal) { try reader.start(at: cursor) } catch {
            reader.close()
            throw error
        }
    }

    /// Behind the last record given.
    var cursor: SinkCursor { reader.cursor }

    /// The next durable records, all of one log; none when it has no more at this moment.
    mutating func next(_ limits: BatchLimits) throws(SinkRefusal) -> [ExportedRecord] {
        try read(limits, below: logs.size(of: member))
    }

    /// Goes from the end of a closed log to the beginning of the one behind it; false when this log grows.
    ///
    /// To be called when there was no next record. A closed log that does not end where its checkpoint says is refused:
    /// whoever went on would leave records out.
    mutating func cross() throws(SinkRefusal) -> Bool {
        guard let following = logs.following(member) else { return false }
        guard member.isFinished(at: cursor), try read(BatchLimits(records: 1, bytes: 1), below: .max).isEmpty else {
            throw .otherEnd(origin: member.origin)
        }
        reader.close()
        member = following
        reader = SinkReader(log: following.shard.directory, origin: following.origin)
        return true
    }

    mutating func close() { reader.close() }

    private mutating func read(_ limits: BatchLimits, below size: UInt64) throws(SinkRefusal) -> [ExportedRecord] {
        do throws(SegmentFault) { return try reader.next(limits, below: size) } catch { throw .log(error) }
    }
}
