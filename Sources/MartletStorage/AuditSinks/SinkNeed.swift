/// Which closed logs a sink still needs: from `shard` on.
package struct SinkNeed: Hashable, Sendable {
    package let sink: String
    package let shard: Int

    /// The need of the sink that needs the oldest log; nil when there is none.
    ///
    /// What its file on disk says counts: that survives power loss. A sink without one needs everything that is kept, and so
    /// does one whose file, or the checkpoint of the log it stands in, cannot be read or says something else.
    /// `states` is the directory of the files, `base` the name of the first log.
    package static func lowest(
        of sinks: [String], states: String, shards: LogShards, base: String, files: any SegmentFiles = PosixFiles()
    ) -> SinkNeed? {
        sinks.map { sink -> SinkNeed in
            let first = SinkNeed(sink: sink, shard: (shards.closed.first ?? shards.current).number)
            do {
                let logs = try FollowedLogs(shards, base: base, files: files) { 0 }
                guard let cursor = try SinkFile(directory: states, sink: sink, files: files).load()?.cursor else {
                    return first
                }
                let member = try logs.member(of: cursor)
                return SinkNeed(
                    sink: sink, shard: member.shard.number + (member.isFinished(at: cursor) ? 1 : 0))
            } catch {
                return first
            }
        }.min { $0.shard < $1.shard }
    }
}
