import MartletCore

/// What could not be written, by type, until `log.gap` says so.
///
/// Counts are upper bounds: a store that failed may have kept the record.
struct GapCount {
    struct Lost: Hashable {
        var counts: [RecordType: Int]
        var first: UnixTime
        var last: UnixTime
    }

    private(set) var lost: Lost?
    private var written: UnixTime?
    /// At most one gap record in this time, so that a store that accepts only these is not filled with them.
    private static let interval = Seconds(60)

    mutating func add(_ type: RecordType, count: Int, at time: UnixTime) {
        var sum = lost ?? Lost(counts: [:], first: time, last: time)
        sum.counts[type, default: 0] += count
        sum.first = min(sum.first, time)
        sum.last = max(sum.last, time)
        lost = sum
    }

    /// Hands out what is to be written now, if anything; `restore` takes it back.
    mutating func take(at now: UnixTime, everything: Bool) -> Lost? {
        guard let lost else { return nil }
        if !everything, let written, now < written.advanced(by: Self.interval) { return nil }
        self.lost = nil
        written = now
        return lost
    }

    mutating func restore(_ taken: Lost) {
        for (type, count) in taken.counts {
            add(type, count: count, at: taken.first)
            add(type, count: 0, at: taken.last)
        }
        written = nil
    }
}
