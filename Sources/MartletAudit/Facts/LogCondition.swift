package import MartletCore

/// What the log says of itself while the gateway runs.
package enum LogCondition: Hashable, Sendable {
    /// The gateway is there; what is not in the log since the one before did not happen.
    case heartbeat(HeartbeatFacts)
    /// Not everything can be recorded, or soon will not be.
    case degraded(DegradedFacts)
    /// All of it is over.
    case recovered(DegradedFacts, lasted: Seconds)
    /// The wall clock was moved, or the machine stood still.
    case clockStep(ClockStep)

    var type: RecordType {
        switch self {
        case .heartbeat: .logHeartbeat
        case .degraded: .logDegraded
        case .recovered: .logRecovered
        case .clockStep: .clockStep
        }
    }
}

/// When and where a heartbeat was.
package struct HeartbeatFacts: Hashable, Sendable {
    /// Of the machine, since it was started; nil when it does not say.
    package let boot: String?
    /// In nanoseconds; of one boot, comparable with each other.
    package let monotonic: Int64
    /// The durable log a moment before: the heartbeat itself stands behind it, other records may too.
    package let tree: CheckpointFacts
    /// How long until the next one.
    package let every: Seconds

    package init(boot: String?, monotonic: Int64, tree: CheckpointFacts, every: Seconds) {
        self.boot = boot
        self.monotonic = monotonic
        self.tree = tree
        self.every = every
    }
}

/// What is wrong with the keeping of the log. Raw values stand in records: never renamed.
package enum DegradedReason: String, Hashable, Sendable, CaseIterable {
    /// No segment can be made ahead; those that were are used up.
    case noSpareSegment = "no_spare_segment"
    /// Only the reserve is left: calls are refused, denials and outcomes are still recorded.
    case reserveReached = "reserve_reached"
    /// The head of the log cannot be kept.
    case headNotKept = "head_not_kept"
    /// For so long that calls are refused.
    case headOverdue = "head_overdue"

    var refusesCalls: Bool {
        switch self {
        case .reserveReached, .headOverdue: true
        case .noSpareSegment, .headNotKept: false
        }
    }
}

package struct DegradedFacts: Hashable, Sendable {
    /// At least one.
    package let reasons: Set<DegradedReason>
    /// Segments that are still there.
    package let spares: Int
    /// What the system said; nil when it is not known.
    package let why: String?

    package init(_ reasons: Set<DegradedReason>, spares: Int, why: String? = nil) {
        self.reasons = reasons
        self.spares = spares
        self.why = why
    }

    var words: [String] { DegradedReason.allCases.filter(reasons.contains).map(\.rawValue) }
    package var refusesCalls: Bool { reasons.contains(where: \.refusesCalls) }
}

/// A difference between the wall clock and the monotonic one that came in less than a heartbeat.
package struct ClockStep: Hashable, Sendable {
    /// What the wall clock would have shown.
    package let expected: UnixTime
    package let found: UnixTime
    package let monotonic: Int64
    package var boot: String?

    package init(expected: UnixTime, found: UnixTime, monotonic: Int64, boot: String? = nil) {
        self.expected = expected
        self.found = found
        self.monotonic = monotonic
        self.boot = boot
    }

    /// Positive when the clock was put forward.
    package var microseconds: Int64 { found.microseconds - expected.microseconds }
}
