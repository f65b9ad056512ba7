import Logging
import MartletAudit
import MartletConfiguration
import MartletCore
import MartletEgress
import MartletStorage
import NIOCore
import NIOPosix

/// The sinks of one gateway: built from the configuration, and held against the log before its first record.
struct Sinks: Sendable {
    let settings: [SinkSettings]
    let followers: [SinkFollower]
    /// Of all connections of sinks: what is encrypted for them keeps no call waiting. Nil when all write files.
    private let loops: MultiThreadedEventLoopGroup?

    /// Refuses to start over a log that is not the one that a sink's other side has: new records would take the numbers
    /// of those that it knows.
    init(
        _ configuration: GatewayConfiguration, _ state: StateDirectory, _ log: Log, _ clock: any GatewayClock
    ) throws(StartFailure) {
        settings = configuration.audit.sinks
        loops = settings.contains(where: \.isRemote) ? MultiThreadedEventLoopGroup(numberOfThreads: 1) : nil
        guard !settings.isEmpty else {
            followers = []
            return
        }
        let followed = try Self.followed(configuration, state, log.store)
        var followers: [SinkFollower] = []
        for sink in settings {
            let parts = SinkParts(
                name: sink.name, kind: sink.kind, carrier: try Self.carrier(sink, loops ?? .singleton),
                limits: BatchLimits(records: sink.batchRecords, bytes: sink.batchBytes), alertAfter: sink.alertAfter,
                prepare: try Self.naming(sink, state))
            followers.append(
                SinkFollower(parts, of: followed, states: state.sinks, sinks: settings.count, clock: clock))
        }
        self.followers = followers
        for follower in followers { try Self.check(follower, state) }
    }

    /// Carries until the task is cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { tasks in
            for follower in followers { tasks.addTask { await follower.run() } }
        }
        do { try await loops?.shutdownGracefully() } catch { return }
    }

    /// Ends what was made only to hold the sinks against the log.
    func discard() async {
        do { try await loops?.shutdownGracefully() } catch { return }
    }

    /// The closed logs and the one that grows.
    private static func followed(
        _ configuration: GatewayConfiguration, _ state: StateDirectory, _ store: SegmentStore
    ) throws(StartFailure) -> FollowedLogs {
        do throws(SegmentError) {
            return try FollowedLogs(LogShards.read(state: state.path), base: Log.origin(configuration)) { store.size }
        } catch {
            throw StartFailure("sinks: the logs of \(state.path): \(error)")
        }
    }

    /// Names for pseudonyms, as far as the vault has them when the record is given.
    private static func naming(
        _ sink: SinkSettings, _ state: StateDirectory
    ) throws(StartFailure) -> @Sendable (ExportedRecord) -> ExportedRecord {
        guard sink.identities == .names else { return { $0 } }
        do throws(StateError) {
            let names = ReadersNames(vault: try VaultReader.open(path: state.vault))
            return { $0.named(by: names.reader(Erasures())) }
        } catch {
            throw StartFailure("sink \(sink.name): vault \(state.vault): \(error)")
        }
    }

    private static func check(_ follower: SinkFollower, _ state: StateDirectory) throws(StartFailure) {
        do throws(SinkRefusal) {
            try follower.check()
        } catch {
            let name = follower.status.name
            throw StartFailure(
                "sink \(name): \(error); find out why first, it is evidence. To have everything carried to it again, move "
                    + "\(state.sinks)/\(name).json away")
        }
    }

    private static func carrier(
        _ sink: SinkSettings, _ group: MultiThreadedEventLoopGroup
    ) throws(StartFailure) -> any SinkCarrier {
        let timeout = TimeAmount.seconds(sink.timeout.count)
        do throws(EgressError) {
            switch sink.destination {
            case .file(let path): return LineFile(path: path, encoding: sink.form)
            case .syslog(let host, let port):
                return try SyslogSink(
                    host: host, port: port, encoding: sink.form, authorities: sink.certificateAuthorities,
                    timeout: timeout, group: group)
            case .http(let receiver, let url, let credential):
                let header = try credential.map { given throws(EgressError) in
                    try EgressCredential(header: given.header, prefix: given.prefix, secret: given.value)
                }
                return try HTTPSink(
                    url: url.text, form: receiver.form, encoding: sink.form, credential: header,
                    authorities: sink.certificateAuthorities, timeout: timeout, group: group)
            }
        } catch {
            throw StartFailure("sink \(sink.name): \(error)")
        }
    }
}

extension SinkSettings.Receiver {
    fileprivate var form: HTTPSinkForm {
        switch self {
        case .splunkHEC: .splunkHEC
        case .elasticBulk: .elasticBulk
        case .otlp: .otlp
        }
    }
}

extension SinkSettings {
    fileprivate var isRemote: Bool {
        switch destination {
        case .file: false
        case .syslog, .http: true
        }
    }

    fileprivate var form: RecordEncoding {
        switch encoding {
        case .json: .json
        case .ocsf: .ocsf
        case .cef: .cef
        }
    }
}

/// What is said of the sinks once a second: records when one falls behind or catches up, lines of the log for failures.
struct SinkNews {
    private var sinks: [(status: SinkStatus, alert: LagAlert, failing: LastingCondition)]

    init(_ sinks: Sinks) {
        self.sinks = zip(sinks.followers, sinks.settings).map { follower, settings in
            (follower.status, LagAlert(after: settings.alertAfter), LastingCondition(repeatAfter: Seconds(60)))
        }
    }

    mutating func tell(_ audit: AuditLog, _ logger: Logger, now: UnixTime) async {
        for index in sinks.indices {
            let status = sinks[index].status
            let facts = status.facts(now: now)
            let place: Logger.Metadata = [
                "sink": "\(facts.sink)", "behind": "\(facts.behind)", "seconds": "\(facts.seconds)",
            ]
            switch sinks[index].failing.note(facts.reason, at: now) {
            case .lasts(let why):
                logger.error(
                    "a sink of the audit log does not get its records; calls go on, nothing is lost",
                    metadata: place.merging(["why": "\(why)"]) { $1 })
            case .ended: logger.notice("a sink of the audit log gets its records again", metadata: place)
            case nil: break
            }
            switch sinks[index].alert.note(oldest: status.oldest, now: now) {
            case .lags:
                logger.error("a sink of the audit log is too far behind", metadata: place)
                await audit.note(.sinkLag(facts))
            case .caughtUp:
                logger.notice("a sink of the audit log has caught up", metadata: place)
                await audit.note(.sinkCaughtUp(facts))
            case nil: break
            }
        }
    }
}
