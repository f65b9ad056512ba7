import NIOCore

/// How many lines may be written in a window of time, which begins with its first line. A synchronous value.
struct LineBudget {
    private let lines: Int
    private let window: TimeAmount
    private var used = 0
    /// When the window is over; nil before its first line.
    private(set) var end: NIODeadline?
    /// Lines of this window beyond the budget.
    private(set) var dropped = 0

    init(lines: Int, window: TimeAmount) {
        self.lines = lines
        self.window = window
    }

    /// Whether another line may be written at `now`. The caller has asked `close` before.
    mutating func take(_ now: NIODeadline) -> Bool {
        if end == nil { end = now + window }
        guard used < lines else {
            dropped += 1
            return false
        }
        used += 1
        return true
    }

    /// Ends the window when it is over, or now if `early`; gives how many lines it dropped.
    mutating func close(_ now: NIODeadline, early: Bool = false) -> Int {
        guard let end, early || now >= end else { return 0 }
        defer { (self.end, used, dropped) = (nil, 0, 0) }
        return dropped
    }
}
