import Logging
import MartletApproval
import MartletAudit
import MartletConfiguration
import MartletCore
import MartletStorage
import MartletTransparency

/// Opens the audit log of one state directory and brings it to a state in which calls may be recorded.
struct Log {
    let shard: LogShard
    let store: SegmentStore
    let audit: AuditLog
    let vault: SQLiteKeyStore
    let keys: PayloadVault
    let report: RecoveryReport
    /// nil when results carry no receipt.
    private let receipts: ReceiptStatement?
    let random = PooledRandomSource()
    private let clock: any GatewayClock
    private let heartbeat: Seconds
    private let open: OpenIntents
    private let erasures: Erasures
    /// What its records said before this start.
    let story: ShardStory

    /// `vault` gives the keys of arguments and results, once it is known whether the log has records and names such keys.
    init(
        _ shard: LogShard, _ configuration: GatewayConfiguration, state: StateDirectory, clock: any GatewayClock,
        listed: ListedNames, vault: (RecoveryReport, _ isNamed: Bool) throws(StartFailure) -> OpenVault
    ) throws(StartFailure) {
        var settings = SegmentSettings(origin: shard.origin(Self.origin(configuration)))
        settings.keyDirectory = state.keys
        settings.headDirectory = HeadPlace(configuration).directory
        settings.segmentBytes = configuration.audit.segmentBytes
        settings.spareSegments = configuration.audit.spareSegments
        var open = OpenIntents()
        var unreadable: String?
        // The logs before it name keys too.
        var namesKeys = shard.number > 1
        var erasures = Erasures()
        var story = ShardStory()
        do {
            (store, report) = try SegmentStore.open(directory: shard.directory, settings: settings) { record in
                do {
                    let entry = try TimelineEntry(leaf: record.leaf, read: record.document, index: record.index)
                    open.take(entry)
                    erasures.take(entry)
                    story.take(entry)
                    namesKeys = namesKeys || entry.sealedKey?.isDataKey == true
                } catch {
                    unreadable = "leaf \(record.index): \(error)"
                }
            }
        } catch {
            throw StartFailure("audit log \(state.audit): \(error)")
        }
        if let unreadable {
            store.close()
            throw StartFailure("audit log \(state.audit): \(unreadable)")
        }
        self.open = open
        let opened: OpenVault
        do throws(StartFailure) { opened = try vault(report, namesKeys) } catch {
            store.close()
            throw error
        }
        (self.clock, heartbeat) = (clock, configuration.audit.heartbeat)
        receipts = configuration.audit.receipts ? ReceiptStatement(store.checkpoint) : nil
        self.vault = opened.store
        keys = opened.keys
        audit = AuditLog(
            store: store, clock: clock, random: random,
            identity: LogIdentity(
                node: HostName.current, environment: configuration.environment, posture: configuration.posture.rawValue),
            sealing: opened.keys, listed: listed, redacting: Redactor(configuration.audit.redactions),
            ordering: Self.orders(configuration), receipts: receipts)
        (self.shard, self.erasures, self.story) = (shard, erasures, story)
    }

    /// Erases values, names and what `approvals` keep. `before` is what the log before it left, when this start carries it over.
    func eraser(_ approvals: ApprovalDesk, before: Erasures?) -> Eraser {
        Eraser(audit: audit, store: vault, vault: keys, approvals: approvals, found: before ?? erasures)
    }

    /// Receipts name the newest checkpoint from now on. To be called about once a second.
    func renewReceipts() { receipts?.state(store.checkpoint) }

    /// The name of the first log of the state directory; later ones have their number behind it.
    static func origin(_ configuration: GatewayConfiguration) -> String { "martlet/\(configuration.environment)" }

    /// The calls that the operator lets answer before their outcome is durable.
    private static func orders(_ configuration: GatewayConfiguration) -> OutcomeOrders {
        guard configuration.audit.outcomeOfReads == .nextBatch else { return OutcomeOrders() }
        let reads = configuration.upstreams.map { ($0.name, Set($0.classes.filter { $0.value == .read }.keys)) }
        return OutcomeOrders(nextBatchFor: Dictionary(uniqueKeysWithValues: reads))
    }

    /// Why nothing is acknowledged any more; nil while the log can be believed.
    var failure: String? {
        if let failure = store.failure { return "the audit log failed: \(failure)" }
        if case .head(let moved) = store.headFailure { return "the audit log stops: \(moved)" }
        return nil
    }

    /// Writes what the start itself must leave behind; returns how many calls of the last run are in doubt.
    func begin(version: String) async throws(StartFailure) -> Int {
        do {
            if let tail = report.quarantined {
                _ = try await audit.recordEvent(.tailRecovered(bytes: tail.tail.bytes, file: tail.path))
            }
            var opening = LogOpening(
                version: version, previousSize: report.size, previousRoot: Digest(bytes: report.root.bytes),
                bootID: BootID.current, head: store.headReport.map { HeadFacts($0) })
            (opening.monotonic, opening.heartbeat) = (clock.monotonic(), heartbeat)
            _ = try await audit.recordEvent(.logOpened(opening))
            store.noteHeadRecorded()
            if let (old, new) = store.rotation {
                store.rotate(recordedAt: try await audit.recordEvent(.evidence(.keyRotated(old: old, new: new))))
            }
            return try await audit.resolve(open)
        } catch {
            throw StartFailure("the audit log cannot be written: \(error)")
        }
    }

    /// Finishes the erasures that the last run left unfinished, before anything can be sealed.
    func finish(_ eraser: Eraser, _ logger: Logger) async throws(StartFailure) {
        do throws(ErasureError) {
            let (finished, again) = try await eraser.finish()
            for report in finished {
                logger.warning(
                    "an erasure of the last run is finished", metadata: ["erasure": "\(report.facts.id)"])
            }
            if again > 0 {
                logger.warning(
                    "the vault held keys that the log says are erased, as an older copy does; they are destroyed again",
                    metadata: ["keys": "\(again)"])
            }
        } catch {
            throw StartFailure("an erasure of the last run cannot be finished: \(error)")
        }
    }

    /// Ends the writer, then the vault. Nothing is recorded any more.
    func close(_ logger: Logger) {
        store.close()
        do throws(StateError) {
            try vault.close()
        } catch {
            logger.warning("the vault did not close cleanly", metadata: ["why": "\(error)"])
        }
    }
}

extension HeadFacts {
    fileprivate init(_ report: HeadReport) {
        self.init(
            report.acceptance != nil ? .accepted : report.size == nil ? .made : .kept, size: report.size,
            runs: report.runs)
        guard let acceptance = report.acceptance else { return }
        abandoned = acceptance.abandoned.map { CheckpointFacts($0) }
        acceptedBy = acceptance.user
        acceptedAt = acceptance.at
        reason = acceptance.reason
    }
}
