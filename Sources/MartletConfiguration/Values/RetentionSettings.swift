package import MartletCore

/// When a log ends and the next one begins, and how long a closed one is kept. Keys under `audit.retention`.
package struct RetentionSettings: Hashable, Sendable {
    /// `shard`: the first start in a new `month`, `quarter` or `year` (UTC) closes the log. Default: only an operator does.
    package let period: ShardPeriod?
    /// `keep`: how long after its last record a closed log is kept, 30d to 36500d. Default for ever.
    package let keep: Seconds?

    static let none = RetentionSettings(period: nil, keep: nil)

    /// In whole days; nil for ever.
    package var keepDays: Int? { keep.map { Int($0.count / 86_400) } }
}

/// A span of the calendar, in UTC.
package enum ShardPeriod: String, Hashable, Sendable, CaseIterable {
    case month
    case quarter
    case year

    /// Whether `now` is in a later one than `first`.
    package func isOver(of first: UnixTime, now: UnixTime) -> Bool {
        guard let first = number(of: first), let now = number(of: now) else { return false }
        return now > first
    }

    /// Counts the spans from the year 0 on.
    private func number(of time: UnixTime) -> Int? {
        let date = time.rfc3339
        guard let year = Int(date.prefix(4)), let month = Int(date.dropFirst(5).prefix(2)) else { return nil }
        switch self {
        case .month: return year * 12 + month - 1
        case .quarter: return year * 4 + (month - 1) / 3
        case .year: return year
        }
    }
}
