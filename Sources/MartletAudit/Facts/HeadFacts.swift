package import MartletCore

/// How a start found what is kept of the log on another path.
package struct HeadFacts: Hashable, Sendable {
    /// Raw values stand in records.
    package enum State: String, Hashable, Sendable {
        /// There was none: the first start, or the first with a release that keeps one.
        case made = "new"
        case kept
        /// An operator had the log go on from an older state, or without its head.
        case accepted
    }

    package let state: State
    /// Records that the head vouched for; nil when there was none.
    package var size: UInt64?
    /// How many runs had claimed it before.
    package var runs: UInt64 = 0
    /// What was given up; nil when that is not known.
    package var abandoned: CheckpointFacts?
    package var acceptedBy: UInt32?
    package var acceptedAt: UnixTime?
    package var reason: String?

    package init(_ state: State, size: UInt64? = nil, runs: UInt64 = 0) {
        self.state = state
        self.size = size
        self.runs = runs
    }
}
