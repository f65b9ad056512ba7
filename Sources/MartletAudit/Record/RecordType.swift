/// What a record is about. Raw values are stored: never renamed or reused.
package enum RecordType: String, Hashable, Sendable, CaseIterable {
    case callIntent = "call.intent"
    case callOutcome = "call.outcome"
    case callDenied = "call.denied"
    case callInDoubt = "call.in_doubt"
    case callResolved = "call.resolved"
    case listFiltered = "list.filtered"
    case authenticationFailed = "auth.failed"
    case approvalRequested = "approval.requested"
    case approvalGranted = "approval.granted"
    case approvalDenied = "approval.denied"
    case approvalExpired = "approval.expired"
    case credentialIssued = "cred.issued"
    case credentialRevoked = "cred.revoked"
    case sessionOpened = "session.opened"
    case sessionClosed = "session.closed"
    case streamOpened = "stream.opened"
    case streamClosed = "stream.closed"
    case upstreamRestarted = "upstream.restarted"
    case upstreamEraChanged = "upstream.era_changed"
    case toolDrift = "tool.drift"
    case grantFirstSeen = "grant.first_seen"
    case grantExpiring = "grant.expiring"
    case grantsInForce = "grants.in_force"
    case configurationChanged = "config.changed"
    case auditRead = "audit.read"
    case alertRaised = "alert.raised"
    case alertAcknowledged = "alert.acked"
    case alertClosed = "alert.closed"
    case checkpointWitnessed = "checkpoint.witnessed"
    case checkpointWitnessLost = "checkpoint.witness_lost"
    case checkpointTimestamped = "checkpoint.timestamped"
    case keyRotated = "key.rotated"
    case sinkLag = "sink.lag"
    case sinkCaughtUp = "sink.caught_up"
    case erasureRequested = "erasure.requested"
    case erasureExecuted = "erasure.executed"
    case erasureRefused = "erasure.refused"
    case holdPlaced = "hold.placed"
    case holdReleased = "hold.released"
    case logOpened = "log.opened"
    case logClosed = "log.closed"
    case logGap = "log.gap"
    case logRecoveredTail = "log.recovered_tail"
    case logHeartbeat = "log.heartbeat"
    case logDegraded = "log.degraded"
    case logRecovered = "log.recovered"
    case clockStep = "clock.step"
    case shardClosed = "shard.closed"
    case shardOpened = "shard.opened"
    case shardCarried = "shard.carried"
    case retentionApplied = "retention.applied"

    /// Whether the record may use the reserve space; see `AuditEntry.isEssential`.
    var isEssential: Bool {
        switch self {
        case .callIntent, .listFiltered, .authenticationFailed, .streamOpened: false
        case .callOutcome, .callDenied, .callInDoubt, .approvalRequested, .approvalGranted, .approvalDenied,
            .approvalExpired, .credentialIssued, .credentialRevoked, .sessionOpened, .sessionClosed,
            .streamClosed, .upstreamRestarted, .upstreamEraChanged, .toolDrift, .grantFirstSeen, .grantExpiring,
            .grantsInForce, .configurationChanged, .auditRead, .sinkLag, .sinkCaughtUp, .callResolved, .alertRaised,
            .alertAcknowledged, .alertClosed, .checkpointWitnessed,
            .checkpointWitnessLost, .checkpointTimestamped, .keyRotated, .erasureRequested, .erasureExecuted,
            .erasureRefused, .holdPlaced, .holdReleased, .logOpened, .logClosed, .logGap, .logRecoveredTail,
            .logHeartbeat, .logDegraded, .logRecovered, .clockStep, .shardClosed,
            .shardOpened, .shardCarried, .retentionApplied:
            true
        }
    }

    /// Whether a failed write of it is counted for `log.gap`. A refused intent or list is answered with a denial, and
    /// that denial is the record; grants that cannot be stated stop the start, a reading, an erasure, a hold or an
    /// operator's word that cannot be recorded is refused; a log does not end, begin or go without its record; a gap itself is kept until it is written.
    var isCountedWhenLost: Bool {
        switch self {
        case .callIntent, .listFiltered, .streamOpened, .grantsInForce, .auditRead, .erasureRequested,
            .erasureExecuted, .erasureRefused, .holdPlaced, .holdReleased, .logGap, .shardClosed, .shardOpened,
            .shardCarried,
            .retentionApplied, .callResolved, .alertAcknowledged, .alertClosed:
            false
        case .callOutcome, .callDenied, .callInDoubt, .authenticationFailed, .approvalRequested, .approvalGranted,
            .approvalDenied, .approvalExpired, .credentialIssued, .credentialRevoked, .sessionOpened, .sessionClosed,
            .streamClosed, .upstreamRestarted, .upstreamEraChanged, .toolDrift, .grantFirstSeen, .grantExpiring,
            .configurationChanged, .sinkLag, .sinkCaughtUp, .alertRaised, .checkpointWitnessed, .checkpointWitnessLost,
            .checkpointTimestamped,
            .keyRotated,
            .logOpened, .logClosed, .logRecoveredTail,
            .logHeartbeat, .logDegraded, .logRecovered, .clockStep:
            true
        }
    }
}
