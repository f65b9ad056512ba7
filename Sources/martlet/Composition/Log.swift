import MartletAudit
import MartletConfiguration
import MartletCore
import MartletStorage
import MartletTransparency

/// Opens the audit log of one state directory and brings it to a state in which calls may be recorded.
struct Log {
    let store: SegmentStore
    let audit: AuditLog
    let report: RecoveryReport
    /// nil when results carry no receipt.
    private let receipts: ReceiptStatement?
    let random = PooledRandomSource()
    private let open: OpenIntents

    /// `sealer` gives the key of arguments and results, once it is known whether the log has records.
    init(
        _ configuration: GatewayConfiguration, state: StateDirectory, clock: any GatewayClock,
        sealer: (RecoveryReport) throws(StartFailure) -> PayloadSealer
    ) throws(StartFailure) {
        var settings = SegmentSettings(origin: Self.origin(configuration))
        settings.keyDirectory = state.keys
        settings.segmentBytes = configuration.audit.segmentBytes
        settings.spareSegments = configuration.audit.spareSegments
        var open = OpenIntents()
        var unreadable: String?
        do {
            (store, report) = try SegmentStore.open(directory: state.audit, settings: settings) { record in
                do { try open.take(record.leaf, at: record.index) } catch {
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
        let sealing: PayloadSealer
        do throws(StartFailure) { sealing = try sealer(report) } catch {
            store.close()
            throw error
        }
        receipts = configuration.audit.receipts ? ReceiptStatement(store.checkpoint) : nil
        audit = AuditLog(
            store: store, clock: clock, random: random,
            identity: LogIdentity(
                node: HostName.current, environment: configuration.environment, posture: configuration.posture.rawValue),
            sealing: sealing, receipts: receipts)
    }

    /// Receipts name the newest checkpoint from now on. To be called about once a second.
    func renewReceipts() { receipts?.state(store.checkpoint) }

    /// The name of the log.
    static func origin(_ configuration: GatewayConfiguration) -> String { "martlet/\(configuration.environment)" }

    /// Writes what the start itself must leave behind; returns how many calls of the last run are in doubt.
    func begin(version: String) async throws(StartFailure) -> Int {
        do {
            if let tail = report.quarantined {
                _ = try await audit.recordEvent(.tailRecovered(bytes: tail.tail.bytes, file: tail.path))
            }
            _ = try await audit.recordEvent(
                .logOpened(
                    LogOpening(
                        version: version, previousSize: report.size, previousRoot: Digest(bytes: report.root.bytes))))
            if let (old, new) = store.rotation {
                store.rotate(recordedAt: try await audit.recordEvent(.evidence(.keyRotated(old: old, new: new))))
            }
            return try await audit.resolve(open)
        } catch {
            throw StartFailure("the audit log cannot be written: \(error)")
        }
    }
}
