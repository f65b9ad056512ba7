import NIOCore

/// How long to wait before a child is started again: doubled with every early death, without chance, up to a limit.
struct Backoff: Sendable {
    private let first: TimeAmount
    private let longest: TimeAmount
    /// A child that lived this long was well: its death starts the count anew.
    private let stable: TimeAmount
    private var deaths = 0

    init(first: TimeAmount, longest: TimeAmount, stable: TimeAmount) {
        self.first = first
        self.longest = longest
        self.stable = stable
    }

    /// Counts one death and returns the delay before the next start.
    mutating func delay(afterLifeOf life: TimeAmount) -> TimeAmount {
        deaths = life >= stable ? 1 : deaths + 1
        let doublings = min(deaths - 1, 30)
        let (nanoseconds, overflow) = first.nanoseconds.multipliedReportingOverflow(by: 1 << Int64(doublings))
        return overflow ? longest : min(longest, .nanoseconds(nanoseconds))
    }
}
