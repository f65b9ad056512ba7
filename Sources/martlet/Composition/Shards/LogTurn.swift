import Glibc
import Logging
import MartletApproval
import MartletAudit
import MartletConfiguration
import MartletCore
import MartletStorage

/// Ends the log of a state directory when it is time, and begins the next one: at a start, before anything is served.
///
/// Source: ADR-0036.
struct LogTurn {
    let configuration: GatewayConfiguration
    let state: StateDirectory
    let clock: SystemClock
    let logger: Logger

    private var base: String { Log.origin(configuration) }
    private var files: ShardTurn { ShardTurn(state: state.path, keys: state.keys, base: base) }
    private var order: ShardOrderFile { ShardOrderFile(state: state.path) }

    /// Ends what a power cut has left of an earlier turn, and gives the log to open.
    func finish() throws(StartFailure) -> LogShard {
        let current = try told { () throws(SegmentError) in
            try files.finish()
            return try LogShards.read(state: state.path).current
        }
        do throws(SegmentError) { try ShardRemoval(state: state.path).finish() } catch {
            logger.error(
                "what is left of a removed audit log cannot be removed; the next start tries again",
                metadata: ["why": "\(error)"])
        }
        return current
    }

    /// Whether this start is to close the log, and on whose word. One that could not be moved afterwards goes on.
    func due(_ log: Log) throws(StartFailure) -> Closing? {
        guard let closing = try wanted(log) else { return nil }
        guard let obstacle else { return closing }
        logger.error(
            "the audit log is to be closed and cannot be moved to shards/; it goes on",
            metadata: ["directory": "\(state.audit)", "why": "\(obstacle)"])
        return nil
    }

    /// Known before its last record: a log that has ended takes no other one.
    private var obstacle: String? {
        var (log, above) = (stat(), stat())
        guard lstat(state.audit, &log) == 0, stat(state.path, &above) == 0 else { return "it cannot be looked at" }
        guard log.st_mode & S_IFMT == S_IFDIR else { return "it is a link; put the directory itself there" }
        guard log.st_dev == above.st_dev else { return "it is another volume than its state directory" }
        let folder = state.path + "/shards"
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            return "\(folder) cannot be made: \(String(cString: strerror(errno)))"
        }
        guard lstat(folder, &above) == 0, above.st_mode & S_IFMT == S_IFDIR, above.st_dev == log.st_dev else {
            return "\(folder) is a link or another volume; closed logs are moved there, not copied"
        }
        return probe(folder)
    }

    /// A mount of the same volume is seen by moving something only.
    private func probe(_ folder: String) -> String? {
        let (probe, target) = (state.audit + "/turn.probe", folder + "/turn.probe")
        let descriptor = open(probe, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return "\(probe) cannot be made: \(String(cString: strerror(errno)))" }
        Glibc.close(descriptor)
        guard rename(probe, target) == 0 else {
            let why = String(cString: strerror(errno))
            unlink(probe)
            return "nothing can be moved from \(state.audit) to \(folder): \(why)"
        }
        unlink(target)
        return nil
    }

    private func wanted(_ log: Log) throws(StartFailure) -> Closing? {
        do throws(SegmentError) {
            if let given = try order.load(for: log.shard.origin(base)) { return .ordered(given) }
        } catch {
            logger.error(
                "the order to close the audit log cannot be read, and is not carried out: martlet audit shards --cancel",
                metadata: ["why": "\(error)"])
        }
        guard let period = configuration.audit.retention.period, let first = log.story.first,
            period.isOver(of: first, now: clock.now())
        else { return nil }
        return .calendar
    }

    enum Closing {
        case ordered(ShardOrder)
        case calendar

        var order: ShardOrder? {
            guard case .ordered(let order) = self else { return nil }
            return order
        }
    }

    /// Writes the last records of a log that this start has begun to write to: open approvals end, then the log does.
    func close(_ log: Log, _ closing: Closing, _ desk: ApprovalDesk) async throws(StartFailure) {
        do throws(ApprovalError) {
            try await desk.closeAll { request in
                guard let event = GatewayEvent(settled: request, through: ApprovalChannel("shard")) else {
                    throw AuditError.closed
                }
                return try await log.audit.recordEvent(event)
            }
        } catch {
            throw StartFailure("open approvals cannot be ended, so the log is not closed: \(error)")
        }
        let next = try told { () throws(SegmentError) in try files.nextName(after: log.shard) }
        await log.audit.note(.logClosed(reason: "shard"))
        do throws(AuditError) {
            _ = try await log.audit.recordEvent(
                .shard(.closed(ShardClosing(number: log.shard.number, next: next, order: closing.order))))
        } catch {
            throw StartFailure("the audit log cannot be written: \(error)")
        }
    }

    /// Puts the log aside, which is closed and not open any more; gives the one to open in its place.
    func turn(_ log: Log) throws(StartFailure) -> LogShard {
        let size = log.store.size
        let next: LogShard
        do throws(SegmentError) {
            try files.turn(log.shard, size: size)
            try order.remove()
            next = try LogShards.read(state: state.path).current
        } catch {
            throw StartFailure(
                "audit log \(state.audit): it is closed, and cannot be moved to \(state.path)/shards, a directory on the same "
                    + "volume that the gateway may write; put that right and start again: \(error)")
        }
        for suffix in ["", "-wal", "-shm"] { WholeFile.remove(state.index + suffix) }
        logger.notice(
            "the audit log is closed and the next one begins: give witnesses and readers its key, martlet audit vkey",
            metadata: ["shard": "\(next.number)", "records": "\(size)"])
        return next
    }

    /// Writes what the log before was and what of it still counts, once, before the first call; gives it when this start did so.
    func begin(_ log: Log) async throws(StartFailure) -> ClosedShard? {
        guard log.shard.number > 1, log.story.previous == nil else { return nil }
        let shards = try told { () throws(SegmentError) in try LogShards.read(state: state.path) }
        guard let shard = shards.closed.last, shard.number == log.shard.number - 1 else {
            throw StartFailure(
                "audit log \(state.audit): the log before it is not in \(state.path)/shards, and no record says yet what it "
                    + "was; put it back")
        }
        let closed = try read(shard)
        guard closed.isHeldToHead else {
            throw StartFailure("audit log \(shard.directory): its head cannot be read; put it back, or see audit.head")
        }
        guard closed.next == LogName(origin: log.shard.origin(base), verifierKey: log.store.verifierKey) else {
            throw StartFailure(
                "audit log \(state.audit): its key is not the one that \(shard.directory) names as that of the next log; put "
                    + "\(state.keys)/checkpoint.key back")
        }
        let parts = CarriedPart.parts(of: closed.erasures, closed.withdrawals, at: clock.now())
        do throws(AuditError) {
            for part in parts { _ = try await log.audit.recordEvent(.shard(.carried(part))) }
            _ = try await log.audit.recordEvent(
                .shard(.opened(ShardOpening(previous: closed.log, carriedParts: parts.count))))
        } catch {
            throw StartFailure("the audit log cannot be written: \(error)")
        }
        return closed
    }

    private func read(_ shard: LogShard) throws(StartFailure) -> ClosedShard {
        do throws(ClosedShardError) { return try ClosedShard(shard, base: base) } catch {
            throw StartFailure("audit log \(shard.directory): \(error)")
        }
    }

    private func told<Value>(_ body: () throws(SegmentError) -> Value) throws(StartFailure) -> Value {
        do throws(SegmentError) { return try body() } catch {
            throw StartFailure("audit log \(state.audit): \(error)")
        }
    }
}
