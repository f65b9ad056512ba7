package import MartletCore

/// Decides when a sink has been behind for too long: said once when it begins, and once when it is over.
///
/// Over means behind for less than half of the limit, so that a sink at the limit does not fill the log with its news.
package struct LagAlert: Sendable {
    package enum News: Hashable, Sendable { case lags, caughtUp }

    private let after: Seconds
    package private(set) var isLagging = false

    package init(after: Seconds) { self.after = after }

    /// `oldest` is when the first record was written that the other side does not have; nil when it has all.
    package mutating func note(oldest: UnixTime?, now: UnixTime) -> News? {
        let seconds = Self.seconds(since: oldest, now)
        if !isLagging, seconds >= after.count {
            isLagging = true
            return .lags
        }
        guard isLagging, seconds * 2 < after.count else { return nil }
        isLagging = false
        return .caughtUp
    }

    /// 0 when nothing is missing, and under a clock that was put back.
    package static func seconds(since oldest: UnixTime?, _ now: UnixTime) -> Int64 {
        oldest.map { max(0, now.seconds(since: $0)) } ?? 0
    }
}
