/// A moment in microseconds since 1970-01-01T00:00:00Z, leap seconds ignored.
///
/// Always passed in, never read inside a rule: see the seam `GatewayClock`.
package struct UnixTime: Hashable, Comparable, Sendable {
    package let microseconds: Int64
    package init(microseconds: Int64) { self.microseconds = microseconds }

    /// A time in whole seconds; a value that does not fit becomes the far future, which is after every expiry check's
    /// sane range and therefore refused where a maximum lifetime is checked.
    package init(seconds: Int64) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        microseconds = overflow ? (seconds < 0 ? Int64.min : Int64.max) : product
    }

    package var seconds: Int64 { microseconds / 1_000_000 }

    package static func < (left: UnixTime, right: UnixTime) -> Bool { left.microseconds < right.microseconds }

    package func advanced(by duration: Seconds) -> UnixTime {
        let (sum, overflow) = microseconds.addingReportingOverflow(duration.count * 1_000_000)
        return UnixTime(microseconds: overflow ? Int64.max : sum)
    }

    /// Seconds from `other` to this moment, rounded towards zero; negative when `other` is later.
    package func seconds(since other: UnixTime) -> Int64 { (microseconds - other.microseconds) / 1_000_000 }
}

/// A duration in whole seconds, 0 to about 100 years.
package struct Seconds: Hashable, Comparable, Sendable {
    package let count: Int64
    package init(_ count: Int64) { self.count = min(max(count, 0), 3_155_760_000) }
    package static func < (left: Seconds, right: Seconds) -> Bool { left.count < right.count }
    package static func days(_ count: Int64) -> Seconds { Seconds(count * 86_400) }
}
