/// A point in time. Source: cedar-policy 4.12, `extensions/datetime.rs`; RFC 80.
public struct Datetime: Hashable, Comparable, Sendable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public let milliseconds: Int64

    /// Creates a point in time.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    static let millisecondsPerDay: Int64 = 86_400_000

    /// The point in time later by `duration`; nil on overflow.
    public func offset(_ duration: Duration) -> Datetime? {
        let (sum, overflow) = milliseconds.addingReportingOverflow(duration.milliseconds)
        return overflow ? nil : Datetime(milliseconds: sum)
    }

    /// The time from `other` to this; nil on overflow.
    public func durationSince(_ other: Datetime) -> Duration? {
        let (difference, overflow) = milliseconds.subtractingReportingOverflow(other.milliseconds)
        return overflow ? nil : Duration(milliseconds: difference)
    }

    /// The start of the day in UTC; nil on overflow.
    public var date: Datetime? {
        let (start, overflow) = milliseconds.subtractingReportingOverflow(timeOfDay.milliseconds)
        return overflow ? nil : Datetime(milliseconds: start)
    }

    /// The time since the start of the day in UTC.
    public var timeOfDay: Duration {
        let rest = milliseconds % Self.millisecondsPerDay
        return Duration(milliseconds: rest < 0 ? rest + Self.millisecondsPerDay : rest)
    }

    /// Earlier is less.
    public static func < (left: Datetime, right: Datetime) -> Bool { left.milliseconds < right.milliseconds }
}

extension Datetime: CustomStringConvertible {
    /// As an expression of Cedar that gives it.
    public var description: String { "datetime(\"1970-01-01\").offset(duration(\"\(milliseconds)ms\"))" }
}
