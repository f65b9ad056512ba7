/// A length of time, which may be negative.
public struct Duration: Hashable, Comparable, Sendable {
    /// Milliseconds.
    public let milliseconds: Int64

    /// Creates a length of time.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Shorter is less; negative ones are less than positive ones.
    public static func < (left: Duration, right: Duration) -> Bool { left.milliseconds < right.milliseconds }
}
