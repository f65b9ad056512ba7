/// The shards of one state directory: the log that grows, and the closed ones before it that are still kept.
///
/// `audit/` is the one that grows; `shards/0001`, `shards/0002`, … are the closed ones. Source: ADR-0036.
package struct LogShards: Hashable, Sendable {
    /// The oldest first. Their numbers follow each other up to that of `current`; the first ones may have been given up.
    package let closed: [LogShard]
    /// The one that grows, or that the next start begins.
    package let current: LogShard

    package var all: [LogShard] { closed + [current] }

    /// Reads what lies in `state`. Changes nothing and takes no lock.
    package static func read(state: String, files: any SegmentFiles = PosixFiles()) throws(SegmentError) -> LogShards {
        let place = ShardPlace(state: state)
        let closed: [LogShard]
        let present: Int?
        do throws(FileError) {
            closed = try place.closedNumbers(files).map(place.closed)
            present = try place.currentNumber(files)
        } catch {
            throw .file(error)
        }
        let next = closed.last.map { $0.number + 1 } ?? 1
        let current = place.current(present ?? next)
        // A closed one that is missing between others was not given up by the gateway, which begins with the oldest.
        for (number, shard) in zip((current.number - closed.count)..., closed) where number != shard.number {
            throw .shardOutOfPlace(path: shard.directory)
        }
        return LogShards(closed: closed, current: current)
    }
}
