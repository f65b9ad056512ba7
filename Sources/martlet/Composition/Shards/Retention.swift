import Glibc
import Logging
import MartletApproval
import MartletAudit
import MartletConfiguration
import MartletCore
import MartletStorage

/// Gives up closed logs whose time is over, the oldest first, with the keys, names and approvals that only they need: at a start
/// that has nothing else left to do, before anything is served.
///
/// What stands in the way ends it and is said; calls do not depend on it. Source: ADR-0036.
struct Retention {
    let configuration: GatewayConfiguration
    let state: StateDirectory
    let approvals: ApprovalDesk
    let clock: SystemClock
    let logger: Logger

    /// `held` says that a legal hold is on. A start that has closed a log gives none up: it knows no time but its own.
    func apply(_ log: Log, held: Bool) async throws(StartFailure) {
        guard let keep = configuration.audit.retention.keep, let days = configuration.audit.retention.keepDays,
            log.story.previous != nil
        else { return }
        guard let first = try shards().closed.first, isOver(first, keep) else { return }
        // What costs nothing to see comes before every byte of every closed log is read.
        if let obstacle = try obstacle(first, log.story, held: held) { return keepOn(first, obstacle) }
        guard var row = try checked(first, log) else { return }
        let current = try mentions()
        while let whole = row.first, let shard = try shards().closed.first, whole.log.number == shard.number,
            whole.log.last.advanced(by: keep) <= clock.now()
        {
            if let obstacle = try obstacle(shard, log.story, held: held) { return keepOn(shard, obstacle) }
            row.removeFirst()
            let unneeded = row.reduce(whole.mentions.subtracting(current)) { $0.subtracting($1.mentions) }
            if !log.story.retired.contains(whole.log) { try await record(whole.log, unneeded, days, log) }
            guard try await give(up: shard, whole.log, unneeded, log) else { return }
        }
    }

    private func keepOn(_ shard: LogShard, _ obstacle: String) {
        logger.warning(
            "a closed audit log is kept although its time is over",
            metadata: ["shard": "\(shard.number)", "why": "\(obstacle)"])
    }

    /// Whether the log may be due, by the first record of the next one: most are not, and none is read whole for that.
    private func isOver(_ shard: LogShard, _ keep: Seconds) -> Bool {
        do {
            guard let next = try shards().all.first(where: { $0.number == shard.number + 1 }),
                let begin = try next.beginning()
            else { return false }
            return begin.advanced(by: keep) <= clock.now()
        } catch {
            tell(shard, "\(error)")
            return false
        }
    }

    /// The closed logs, all read whole, when each is the one that the next goes on from; nil, and a line, when one is not: that
    /// is evidence, and stays.
    private func checked(_ shard: LogShard, _ log: Log) throws(StartFailure) -> [ClosedShard]? {
        var row: [ClosedShard] = []
        for closed in try shards().closed {
            do throws(ClosedShardError) {
                row.append(try ClosedShard(closed, base: Log.origin(configuration)))
            } catch {
                tell(closed, "\(error)")
                return nil
            }
        }
        let told = row.dropFirst().map(\.previous) + [log.story.previous]
        for (closed, told) in zip(row, told) where closed.log != told {
            tell(shard, "shard \(closed.log.number) is not the log that the next one goes on from")
            return nil
        }
        return row
    }

    private func obstacle(_ shard: LogShard, _ story: ShardStory, held: Bool) throws(StartFailure) -> String? {
        if held { return "a legal hold is on: martlet audit hold list" }
        if let doubt = doubt(story) { return doubt }
        var facts = stat()
        guard lstat(shard.directory, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR else {
            return "it is a link: what it leads to would stay; put the directory itself there"
        }
        let need = SinkNeed.lowest(
            of: configuration.audit.sinks.map(\.name), states: state.sinks, shards: try shards(),
            base: Log.origin(configuration))
        guard let need, need.shard <= shard.number else { return nil }
        return "sink \(need.sink) has not carried all of it: martlet audit sinks"
    }

    /// Why the clock is not believed: it leapt a month, or the gateway was off for so long, or nobody knows because the log is new.
    /// Records of a day settle it: somebody has seen by then that the time is wrong.
    private func doubt(_ story: ShardStory) -> String? {
        guard let last = story.last, !ShardStory.isLeap(last, clock.now()) else {
            return "the newest record is more than 30 days away from the clock; a start a day later decides"
        }
        guard let since = story.steadySince, last.seconds(since: since) < 86_400 else { return nil }
        return
            "the log, or its time since a leap of more than 30 days, is not a day old (\(since.rfc3339)); a start a day later "
            + "decides"
    }

    /// Whom and what the log that grows needs.
    private func mentions() throws(StartFailure) -> Mentions {
        var current = Mentions()
        do throws(SegmentError) {
            try SegmentReader(directory: state.audit).verify { record in
                do throws(LeafError) {
                    current.take(try TimelineEntry(leaf: record.leaf, read: record.document, index: record.index))
                } catch {
                    current.take(leaf: record.leaf)
                }
            }
        } catch {
            throw StartFailure("audit log \(state.audit): \(error)")
        }
        return current
    }

    private func record(_ closed: ClosedLog, _ unneeded: Mentions, _ days: Int, _ log: Log) async throws(StartFailure) {
        do throws(AuditError) {
            _ = try await log.audit.recordEvent(
                .shard(
                    .retired(
                        RetentionFacts(
                            closed: closed, keepDays: days, keys: unneeded.keys.count, people: unneeded.people.count))))
        } catch {
            throw StartFailure("the audit log cannot be written: \(error)")
        }
    }

    /// The directory last: while it is there, the next start can begin again. False when something could not be given up.
    private func give(
        up shard: LogShard, _ closed: ClosedLog, _ unneeded: Mentions, _ log: Log
    ) async throws(StartFailure) -> Bool {
        do {
            _ = try await log.vault.destroy(Array(unneeded.keys), forgetting: Array(unneeded.people))
            _ = try await approvals.discard(openedBefore: closed.last.advanced(by: Seconds(1)))
            try ShardRemoval(state: state.path).remove(shard)
        } catch {
            logger.error(
                "a closed audit log whose time is over cannot be given up; the next start tries again",
                metadata: ["shard": "\(shard.number)", "why": "\(error)"])
            return false
        }
        logger.notice(
            "a closed audit log was removed, as audit.retention says", metadata: ["shard": "\(shard.number)"])
        return true
    }

    private func shards() throws(StartFailure) -> LogShards {
        do throws(SegmentError) { return try LogShards.read(state: state.path) } catch {
            throw StartFailure("audit log \(state.audit): \(error)")
        }
    }

    private func tell(_ shard: LogShard, _ why: String) {
        logger.error(
            "a closed audit log is not what was written; nothing is removed",
            metadata: ["shard": "\(shard.number)", "why": "\(why)"])
    }
}
