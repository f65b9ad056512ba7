import MartletCore
import MartletJSON

/// Finds the intents without an outcome in a log, leaf by leaf, in order.
///
/// An intent is closed by the `call.outcome` or `call.in_doubt` that names its index, and by a `call.denied` of stage
/// `audit` of the same call: then the intent was stored although its write had failed, and nothing was sent. Feeding
/// it the records that `AuditLog.resolve` wrote closes what those resolve, so recovery can run any number of times.
package struct OpenIntents: Sendable {
    private var calls: [UInt64: CallID] = [:]
    private var latest: [CallID: UInt64] = [:]

    package init() {}

    /// Takes the leaf at `index`. A leaf that cannot be read closes nothing and opens nothing.
    package mutating func take(_ leaf: [UInt8], at index: UInt64) throws(LeafError) {
        take(try TimelineEntry(leaf: leaf, index: index))
    }

    package mutating func take(_ entry: TimelineEntry) {
        switch entry.type {
        case .callIntent:
            guard let call = entry.call else { return }
            calls[entry.index] = call
            latest[call] = entry.index
        case .callOutcome, .callInDoubt:
            guard let intent = entry.intent, calls[intent] == entry.call else { return }
            close(intent)
        case .callDenied:
            guard entry.stage == DenialStage.audit.rawValue, let call = entry.call, let intent = latest[call] else {
                return
            }
            close(intent)
        case .listFiltered, .authenticationFailed, .approvalRequested, .approvalGranted, .approvalDenied,
            .approvalExpired, .credentialIssued, .credentialRevoked, .sessionOpened, .sessionClosed,
            .streamOpened, .streamClosed, .upstreamRestarted, .upstreamEraChanged, .toolDrift, .grantFirstSeen,
            .grantExpiring, .grantsInForce,
            .configurationChanged, .auditRead, .sinkLag, .sinkCaughtUp, .callResolved, .alertRaised, .alertAcknowledged,
            .alertClosed, .checkpointWitnessed,
            .checkpointWitnessLost,
            .checkpointTimestamped, .keyRotated, .erasureRequested, .erasureExecuted, .erasureRefused, .holdPlaced,
            .holdReleased, .logOpened,
            .logClosed, .logGap, .logRecoveredTail,
            .logHeartbeat, .logDegraded, .logRecovered, .clockStep, .shardClosed,
            .shardOpened, .shardCarried, .retentionApplied:
            break
        }
    }

    /// What is open, in the order of the log.
    package var open: [IntentReceipt] {
        calls.map { IntentReceipt(call: $0.value, index: $0.key) }.sorted { $0.index < $1.index }
    }

    private mutating func close(_ intent: UInt64) {
        guard let call = calls.removeValue(forKey: intent) else { return }
        if latest[call] == intent { latest[call] = nil }
    }
}
