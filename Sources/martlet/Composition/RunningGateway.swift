import Logging
import MartletApproval
import MartletAudit
import MartletAuthn
import MartletConfiguration
import MartletCore
import MartletEgress
import MartletGateway
import MartletJSON
import MartletMCP
import MartletServer
import MartletStorage
import NIOCore
import NIOPosix

/// The whole graph of one gateway, built by hand from top to bottom, and taken down in the opposite order.
struct RunningGateway {
    static let version = "0.1.0"

    let url: String
    let configuration: GatewayConfiguration
    let state: StateDirectory
    private let log: Log
    private let database: StateDatabase
    private let credentials: Credentials
    private let approvals: ApprovalDesk
    private let directory: UpstreamDirectory
    private let eras: PinnedEras
    private let ends: ChildEnds
    private let keyRefreshes: KeyRefreshLog
    private let listener: Listener
    private let gateway: Gateway
    private let admin: Listener
    private let followers: LogFollowers
    private let witnessing: (watch: Witnessing, memory: WitnessMemory)?
    private let timestamping: Timestamping?
    private let clock: any GatewayClock
    private let logger: Logger

    /// Starts everything; when it returns, connections are accepted.
    ///
    /// `makesPayloadKey` goes on without the payload key of a log that has records, when it is lost.
    static func start(
        _ configuration: GatewayConfiguration, group: MultiThreadedEventLoopGroup, logger: Logger,
        makesPayloadKey: Bool = false
    ) async throws(StartFailure) -> RunningGateway {
        let state = StateDirectory(configuration.location)
        try state.prepare()
        let clock = SystemClock()
        // A log that goes on from another one is no new state directory.
        let keys = { (shard: LogShard, report: RecoveryReport) in
            StateKeys(
                state: state, logHasRecords: report.size > 0 || shard.number > 1, makesPayloadKey: makesPayloadKey,
                logger: logger)
        }
        let turn = LogTurn(configuration: configuration, state: state, clock: clock, logger: logger)
        func open(_ shard: LogShard) throws(StartFailure) -> Log {
            try Log(
                shard, configuration, state: state, clock: clock, listed: configuration.listedNames
            ) { (report, isNamed) throws(StartFailure) in
                try OpenVault(keys(shard, report), isNamed: isNamed)
            }
        }
        var log = try open(try turn.finish())
        let isOver = try await guarded(log, logger) { () async throws(StartFailure) in
            try await close(log, turn, group, logger)
        }
        if isOver {
            log.close(logger)
            log = try open(try turn.turn(log))
        }
        let current = log
        return try await guarded(current, logger) { () async throws(StartFailure) in
            try await assemble(configuration, keys(current.shard, current.report), current, turn, clock, group, logger)
        }
    }

    /// Closes the log when what is to be done with it fails.
    private static func guarded<Value>(
        _ log: Log, _ logger: Logger, _ body: () async throws(StartFailure) -> Value
    ) async throws(StartFailure) -> Value {
        do throws(StartFailure) { return try await body() } catch {
            log.close(logger)
            // The log's own error says more than that of the first record it refused.
            if let cause = log.failure { throw StartFailure(cause) }
            throw error
        }
    }

    /// Whether the log is closed for good: it was by an earlier start, or is now because it is time.
    private static func close(
        _ log: Log, _ turn: LogTurn, _ group: MultiThreadedEventLoopGroup, _ logger: Logger
    ) async throws(StartFailure) -> Bool {
        guard log.story.next == nil else { return true }
        guard let closing = try turn.due(log) else { return false }
        let (configuration, state) = (turn.configuration, turn.state)
        // What refuses the start of a log that was put back refuses its end too.
        let sinks = try Sinks(configuration, state, log, turn.clock)
        await sinks.discard()
        _ = try await witness(configuration, log, state, turn.clock, group, logger)
        _ = try await log.begin(version: version)
        let before = try await turn.begin(log)?.erasures
        let database = try openDatabase(state)
        let desk = ApprovalDesk(store: SQLiteApprovalStore(database))
        try await log.finish(log.eraser(desk, before: before), logger)
        try await turn.close(log, closing, desk)
        do throws(StateError) { try database.close() } catch {
            throw StartFailure("state database \(state.database): \(error)")
        }
        return true
    }

    private static func assemble(
        _ configuration: GatewayConfiguration, _ keys: StateKeys, _ log: Log, _ turn: LogTurn, _ clock: SystemClock,
        _ group: MultiThreadedEventLoopGroup, _ logger: Logger
    ) async throws(StartFailure) -> RunningGateway {
        let state = keys.state
        let sinks = try Sinks(configuration, state, log, clock)
        let witnessing = try await witness(configuration, log, state, clock, group, logger)
        let inDoubt = try await log.begin(version: version)
        if inDoubt > 0 {
            logger.warning("calls of the last run have no known outcome", metadata: ["in_doubt": "\(inDoubt)"])
        }
        let before = try await turn.begin(log)
        try await ConfigurationDigest(state: state).record(configuration, in: log.audit)
        let database = try openDatabase(state)
        let desk = ApprovalDesk(
            store: SQLiteApprovalStore(database), redactor: Redactor(configuration.audit.redactions))
        let eraser = log.eraser(desk, before: before?.erasures)
        try await log.finish(eraser, logger)
        let ends = ChildEnds()
        let ways = Upstreams(
            group: group, logger: logger, maximumAnswerBytes: configuration.limits.responseBytes, ends: ends)
        let eras = try await PinnedEras(
            configuration.upstreams, store: SQLiteEraStore(database), audit: log.audit, clock: clock, logger: logger)
        var upstreams: [any Upstream] = []
        for settings in configuration.upstreams { upstreams.append(try ways.make(settings, eras)) }
        let credentials = try Credentials(configuration, keys: keys, upstreams: ways)
        let revocations = SQLiteRevocationStore(database)
        try await restore(revocations, credentials, clock)
        let grants = try await GrantsInForce(
            configuration, store: SQLiteGrantStore(database), upstreams: upstreams, log: log, clock: clock,
            logger: logger)
        let directory = UpstreamDirectory(upstreams)
        let keyRefreshes = KeyRefreshLog(logger: logger, clock: clock)
        for (authenticator, callers) in credentials.authenticators {
            for refresh in await authenticator.refreshDueKeys(now: clock.now()) {
                keyRefreshes.report(refresh, for: callers)
            }
        }
        // Last: what refuses the start gives nothing up.
        try await Retention(configuration: configuration, state: state, approvals: desk, clock: clock, logger: logger)
            .apply(log, held: !eraser.holds.isEmpty)
        let front = FrontDoor(
            configuration: configuration, state: state, keys: keys, log: log, credentials: credentials,
            revocations: revocations, grants: grants, directory: directory, desk: desk, eraser: eraser, clock: clock,
            group: group)
        let (listener, gateway, url) = try await front.listen()
        let admin = try await front.listenAdmin(publicURL: url)
        let followers = try LogFollowers(log, state, sinks, searched: configuration.searched)
        return RunningGateway(
            url: url, configuration: configuration, state: state, log: log, database: database,
            credentials: credentials, approvals: desk, directory: directory, eras: eras, ends: ends,
            keyRefreshes: keyRefreshes, listener: listener, gateway: gateway, admin: admin, followers: followers,
            witnessing: witnessing, timestamping: try timestamping(configuration, log, state, clock, group, logger),
            clock: clock, logger: logger)
    }

    /// Everything that runs beside the path, until the task is cancelled.
    func attend() async {
        await withTaskGroup(of: Void.self) { tasks in
            for (authenticator, callers) in credentials.authenticators {
                tasks.addTask {
                    await authenticator.run(clock: clock) { keyRefreshes.report($0, for: callers) }
                }
            }
            tasks.addTask { await directory.keepListening() }
            tasks.addTask { await gateway.tellTasks() }
            tasks.addTask { await followers.run() }
            tasks.addTask { await settle() }
            if let timestamping { tasks.addTask { await timestamping.run(log.audit) } }
            if let (watch, memory) = witnessing { tasks.addTask { await watch.run(memory, log.audit) } }
            await tasks.waitForAll()
        }
    }

    /// Accepts nothing more, ends upstreams, writes what was only counted, and closes the log.
    func stop(reason: String) async {
        await listener.close()
        gateway.endStreams()
        await admin.close()
        await gateway.closeQuestions()
        await directory.closeAll()
        await eras.settle()
        await ends.settle(log.audit)
        await log.audit.flushCoalesced(now: clock.now(), everything: true)
        await log.audit.note(.logClosed(reason: reason))
        followers.stop()
        log.close(logger)
        do throws(StateError) {
            try database.close()
        } catch {
            logger.warning("the state database did not close cleanly", metadata: ["why": "\(error)"])
        }
    }

    /// Why nothing is acknowledged any more, so that the process must end; nil while the log can be believed.
    var poison: String? {
        if let contradiction = witnessing?.watch.contradiction { return contradiction }
        return log.failure.map { "\($0); restart to recover it" }
    }

    private static func timestamping(
        _ configuration: GatewayConfiguration, _ log: Log, _ state: StateDirectory, _ clock: SystemClock,
        _ group: MultiThreadedEventLoopGroup, _ logger: Logger
    ) throws(StartFailure) -> Timestamping? {
        guard let settings = configuration.audit.timestamps else { return nil }
        return try Timestamping(
            settings, directory: state.audit, group: group, random: log.random, clock: clock, logger: logger)
    }

    private static func witness(
        _ configuration: GatewayConfiguration, _ log: Log, _ state: StateDirectory, _ clock: SystemClock,
        _ group: MultiThreadedEventLoopGroup, _ logger: Logger
    ) async throws(StartFailure) -> (watch: Witnessing, memory: WitnessMemory)? {
        guard let settings = configuration.audit.witnesses else { return nil }
        let witnessing = try Witnessing(
            settings, directory: state.audit, store: log.store, group: group, clock: clock, logger: logger)
        return (witnessing, try await witnessing.begin())
    }

    private func settle() async {
        var unsettled = LastingCondition(repeatAfter: Seconds(60))
        var lacksRoom = LastingCondition()
        var conditions = LogConditions(configuration.audit, clock)
        var unkept = LastingCondition(repeatAfter: Seconds(60))
        var followed = FollowingNews(followers)
        var lacksKeys = LastingCondition(repeatAfter: Seconds(60))
        while !Task.isCancelled {
            log.renewReceipts()
            await log.audit.flushCoalesced(now: clock.now())
            await eras.settle()
            await ends.settle(log.audit)
            await gateway.expireQuestions()
            switch unsettled.note(await settleApprovals(), at: clock.now()) {
            case .lasts(let why): logger.error("approvals could not be settled", metadata: ["why": "\(why)"])
            case .ended: logger.notice("approvals are settled again")
            case nil: break
            }
            await conditions.tell(log, clock, logger)
            tellRoom(&lacksRoom)
            tellHead(&unkept)
            await followed.tell(log, logger, now: clock.now())
            tellVault(&lacksKeys)
            do { try await Task.sleep(for: .seconds(1)) } catch { return }
        }
    }

    /// Why the approvals whose time is over could not be ended; nil when they were.
    private func settleApprovals() async -> String? {
        let audit = log.audit
        do {
            try await approvals.settle(now: clock.now()) { request in
                guard let event = GatewayEvent(settled: request, through: ApprovalChannel("recovery")) else {
                    throw AuditError.closed
                }
                return try await audit.recordEvent(event)
            }
            return nil
        } catch {
            return "\(error)"
        }
    }

    private func tellRoom(_ lacksRoom: inout LastingCondition) {
        switch lacksRoom.note(log.store.lacksRoom ? state.audit : nil, at: clock.now()) {
        case .lasts(let directory):
            logger.error(
                "no room for another segment of the audit log: calls are refused until there is; free disk space",
                metadata: ["directory": "\(directory)"])
        case .ended: logger.notice("there is room for the audit log again: calls are taken")
        case nil: break
        }
    }

    private func tellHead(_ unkept: inout LastingCondition) {
        let why = log.store.headFailure.map { "\($0)" } ?? (log.store.isHeadOverdue ? "its store does not answer" : nil)
        switch unkept.note(why, at: clock.now()) {
        case .lasts(let why):
            logger.error(
                "the head of the audit log cannot be kept: calls are refused after half a minute, or are already",
                metadata: ["why": "\(why)"])
        case .ended: logger.notice("the head of the audit log is kept again")
        case nil: break
        }
    }

    private func tellVault(_ lacksKeys: inout LastingCondition) {
        switch lacksKeys.note(log.keys.failure.map { "\($0)" }, at: clock.now()) {
        case .lasts(let why):
            logger.error(
                "the vault gives no new key: callers without one of this quarter are refused",
                metadata: ["why": "\(why)"])
        case .ended: logger.notice("the vault gives keys again")
        case nil: break
        }
    }

    private static func openDatabase(_ state: StateDirectory) throws(StartFailure) -> StateDatabase {
        do {
            return try StateDatabase.open(path: state.database)
        } catch {
            throw StartFailure("state database \(state.database): \(error)")
        }
    }

    private static func restore(
        _ store: SQLiteRevocationStore, _ credentials: Credentials, _ clock: SystemClock
    ) async throws(StartFailure) {
        do {
            for kept in try await store.holding(at: clock.now()) {
                credentials.agents.revoke(kept.revocation)
                credentials.approvers.revoke(kept.revocation)
            }
        } catch {
            throw StartFailure("the state database cannot say what was revoked: \(error)")
        }
    }
}
