import MartletAudit
package import MartletCore

extension LogShard {
    /// When its first record was written; nil when it has none, or not one that says.
    package func beginning() throws(SegmentFault) -> UnixTime? {
        var follower = SegmentFollower(directory: directory)
        defer { follower.close() }
        return try follower.next()?.first.flatMap { ExportedRecord(origin: "", index: 0, leaf: $0.leaf).time }
    }
}
