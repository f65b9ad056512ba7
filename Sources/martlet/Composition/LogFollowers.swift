import Logging
import MartletAudit
import MartletCore
import MartletRecords
import MartletStorage

/// What follows the audit log of one gateway beside the path: the index, the rules among the records, the sinks.
///
/// None of it can stop a call. What fails is said once a second by `FollowingNews`, and tried again.
struct LogFollowers: Sendable {
    let sinks: Sinks
    let follower: LogFollower

    /// `searched` are the declared arguments.
    init(
        _ log: Log, _ state: StateDirectory, _ sinks: Sinks, searched: SearchedArguments
    ) throws(StartFailure) {
        self.sinks = sinks
        let arguments = searched.isEmpty ? nil : ArgumentSource(searched, root: log.keys.root, vault: state.vault)
        let store = log.store
        do throws(SegmentError) {
            follower = try LogFollower.start(index: state.index, log: state.audit, arguments: arguments) {
                store.size
            }
        } catch {
            throw StartFailure("the audit log cannot be followed: \(error)")
        }
    }

    /// Carries to the sinks until the task is cancelled.
    func run() async { await sinks.run() }

    /// Ends index and rules. Blocks until their thread is at its end.
    func stop() { follower.stop() }
}

/// What is said of the followers once a second: lines of the gateway's log, and records for findings and late sinks.
struct FollowingNews {
    private let follower: LogFollower
    private var sinks: SinkNews
    private var unpublished = LastingCondition(repeatAfter: Seconds(60))
    private var lacksIndex = LastingCondition(repeatAfter: Seconds(60))
    private var lacksArguments = LastingCondition(repeatAfter: Seconds(60))
    private var unchecked = LastingCondition(repeatAfter: Seconds(60))

    init(_ followers: LogFollowers) {
        follower = followers.follower
        sinks = SinkNews(followers.sinks)
    }

    mutating func tell(_ log: Log, _ logger: Logger, now: UnixTime) async {
        tellTiles(log.store, logger, now)
        tellIndex(logger, now)
        tellArguments(logger, now)
        await tellFindings(log.audit, logger)
        tellRules(logger, now)
        await sinks.tell(log.audit, logger, now: now)
    }

    private mutating func tellTiles(_ store: SegmentStore, _ logger: Logger, _ now: UnixTime) {
        switch unpublished.note(store.publishingFailure.map { "\($0)" }, at: now) {
        case .lasts(let why):
            logger.error(
                "tiles and checkpoint of the audit log stay behind: outsiders see an older log; calls go on",
                metadata: ["why": "\(why)"])
        case .ended: logger.notice("tiles and checkpoint of the audit log are up to date again")
        case nil: break
        }
    }

    private mutating func tellIndex(_ logger: Logger, _ now: UnixTime) {
        let index = follower.index
        switch lacksIndex.note(index.failure, at: now) {
        case .lasts(let why):
            logger.error(
                "the index of the audit log does not follow it: searches do it themselves; calls go on",
                metadata: ["why": "\(why)", "behind": "\(index.lag)"])
        case .ended: logger.notice("the index of the audit log follows again")
        case nil: break
        }
    }

    private mutating func tellArguments(_ logger: Logger, _ now: UnixTime) {
        switch lacksArguments.note(follower.argumentFailure, at: now) {
        case .lasts(let why):
            logger.error(
                "declared arguments are not indexed: searches for them do it themselves; calls go on",
                metadata: ["why": "\(why)"])
        case .ended: logger.notice("declared arguments are indexed again")
        case nil: break
        }
    }

    /// Each finding goes into the log, and is said; one that could not be written is found again at the next start.
    private func tellFindings(_ audit: AuditLog, _ logger: Logger) async {
        for finding in follower.takeFindings() {
            logger.error(
                "a record of the audit log contradicts the others: martlet audit verify, and docs/operate/audit-log.md",
                metadata: ["record": "\(finding.index)", "rule": "\(finding.rule.rawValue)"])
            await audit.note(
                .alertRaised(AlertFacts(rule: finding.rule.rawValue, record: finding.index, text: finding.text)))
        }
    }

    private mutating func tellRules(_ logger: Logger, _ now: UnixTime) {
        let rules = follower.rules
        switch unchecked.note(rules.failure, at: now) {
        case .lasts(let why):
            logger.error(
                "the records of the audit log are not checked against each other; calls go on",
                metadata: ["why": "\(why)", "behind": "\(rules.lag)"])
        case .ended: logger.notice("the records of the audit log are checked again")
        case nil: break
        }
    }
}
