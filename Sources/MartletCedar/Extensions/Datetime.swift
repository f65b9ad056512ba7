/// A point in time.
public struct Datetime: Hashable, Comparable, Sendable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public let milliseconds: Int64

    /// Creates a point in time.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Earlier is less.
    public static func < (left: Datetime, right: Datetime) -> Bool { left.milliseconds < right.milliseconds }
}
