import MartletCore

/// What is to be recorded of a log that is kept with difficulty: when that begins, becomes another thing, and ends.
package struct DegradedWatch: Sendable {
    /// At least so long between two records, in nanoseconds: a disk that is full and not full must not fill it with them.
    private static let interval: Int64 = 10_000_000_000

    private var told: DegradedFacts?
    private var began: Int64 = 0
    private var last: Int64?

    package init() {}

    /// `facts` says how it is now, nil that all is well; `monotonic` is in nanoseconds.
    package mutating func note(_ facts: DegradedFacts?, monotonic: Int64) -> LogCondition? {
        guard facts?.reasons != told?.reasons else { return nil }
        if let last, monotonic - last < Self.interval { return nil }
        last = monotonic
        defer { told = facts }
        guard let facts else {
            return told.map { .recovered($0, lasted: Seconds((monotonic - began) / 1_000_000_000)) }
        }
        if told == nil { began = monotonic }
        return .degraded(facts)
    }
}
