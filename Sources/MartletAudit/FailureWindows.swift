import MartletCore

/// Authentication failures of one kind in one window.
struct FailureCount: Hashable {
    var failure: AuthenticationFailureFacts
    var count: Int
    var first: UnixTime
    var last: UnixTime

    init(_ failure: AuthenticationFailureFacts, count: Int = 1, at time: UnixTime) {
        self.failure = failure
        self.count = count
        first = time
        last = time
    }
}

/// Counts authentication failures, so that a stranger cannot fill the log.
///
/// One window of 60 seconds per source, reason and route; at most 1,024 windows at once. What finds no room is counted
/// under the source `*` (and route `*`) per reason, and reasons are a closed set of ours. So a flood from any number of
/// addresses costs at most two records per window, whatever its rate.
struct FailureWindows {
    private struct Kind: Hashable {
        var source: String
        var reason: String
        var route: String
    }

    /// What one failure means for the log.
    struct Step: Equatable {
        /// Record this failure now.
        var isFirst: Bool
        /// The same kind's earlier window, which is over and had more failures than its first.
        var closed: FailureCount?
    }

    private struct Window {
        var ends: UnixTime
        /// The failures after the first; nil while there are none.
        var rest: FailureCount?
    }

    private static let length = Seconds(60)
    private let capacity: Int
    private var windows: [Kind: Window] = [:]

    init(capacity: Int = 1024) { self.capacity = capacity }

    mutating func note(_ failure: AuthenticationFailureFacts, at now: UnixTime) -> Step {
        var failure = failure
        var kind = Kind(source: failure.source, reason: failure.reason, route: failure.route)
        if windows[kind] == nil, windows.count >= capacity {
            kind = Kind(source: "*", reason: failure.reason, route: "*")
            failure.source = "*"
            failure.route = "*"
        }
        guard var window = windows[kind], now < window.ends else {
            let closed = windows[kind]?.rest
            windows[kind] = Window(ends: now.advanced(by: Self.length))
            return Step(isFirst: true, closed: closed)
        }
        var rest = window.rest ?? FailureCount(failure, count: 0, at: now)
        rest.count += 1
        rest.last = now
        window.rest = rest
        windows[kind] = window
        return Step(isFirst: false)
    }

    /// Removes the windows that are over and gives the counts that are still to be written, in order of time.
    mutating func close(at now: UnixTime, everything: Bool) -> [FailureCount] {
        let over = windows.filter { everything || now >= $0.value.ends }
        for kind in over.keys { windows[kind] = nil }
        return over.values.compactMap(\.rest).sorted { ($0.first, $0.failure.source) < ($1.first, $1.failure.source) }
    }
}
