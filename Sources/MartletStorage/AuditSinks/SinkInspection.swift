import MartletAudit
package import MartletCore

/// How a sink stands, from its file and the logs alone: also when no gateway runs.
package struct SinkInspection: Sendable {
    package let name: String
    /// Nil when its file cannot be read.
    package let state: SinkState?
    /// The log in which it stands, and how many records that has; nil when it cannot be read.
    package let shard: LogShard?
    package let size: UInt64?
    /// Records of this log and the ones behind it that are not acknowledged.
    package let behind: UInt64?
    /// When the first record was written that is not acknowledged.
    package let oldest: UnixTime?
    /// Why it cannot go on.
    package let refusal: SinkRefusal?

    /// `directory` is the state directory of the gateway, `states` that of the files of its sinks.
    package init(_ name: String, states: String, state directory: String) {
        self.name = name
        var known: SinkState?
        var found: Standing?
        var refusal: SinkRefusal?
        do throws(SinkRefusal) {
            known = try SinkFile(directory: states, sink: name).load()
            found = try Self.read(directory, from: known?.cursor)
        } catch {
            refusal = error
        }
        state = known
        (shard, size, behind, oldest) = (found?.shard, found?.size, found?.behind, found?.oldest)
        self.refusal = refusal
    }

    private struct Standing {
        let shard: LogShard
        let size: UInt64
        let behind: UInt64
        let oldest: UnixTime?
    }

    /// Whether nobody needs to look: nothing fails, and nothing waits for longer than it may.
    package func isGood(now: UnixTime) -> Bool {
        guard let state, refusal == nil else { return false }
        return state.failure == nil && LagAlert.seconds(since: oldest, now) < state.alertAfter.count
    }

    private static func read(_ directory: String, from cursor: SinkCursor?) throws(SinkRefusal) -> Standing {
        let logs = try FollowedLogs.lying(in: directory, base: cursor?.origin ?? "")
        let cursor = cursor ?? logs.beginning
        var reader = try FollowedReader(logs, at: cursor)
        defer { reader.close() }
        let one = BatchLimits(records: 1, bytes: 1)
        let member = reader.member
        var oldest = try reader.next(one).first
        while oldest == nil, try reader.cross() { oldest = try reader.next(one).first }
        let (end, position) = (logs.size, member.before &+ cursor.next)
        return Standing(
            shard: member.shard, size: logs.size(of: member), behind: end > position ? end - position : 0,
            oldest: oldest?.time)
    }
}
