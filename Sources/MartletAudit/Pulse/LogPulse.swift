package import MartletCore

/// When a heartbeat is due, and whether the wall clock was moved since the last one. Time is passed in.
package struct LogPulse: Sendable {
    /// The smallest difference of the clocks that is a step, in microseconds. Time services slew by less in a heartbeat.
    package static let smallestStep: Int64 = 1_000_000

    package enum Beat: Hashable, Sendable {
        case due
        case step(ClockStep)
    }

    private let every: Seconds
    /// When the last heartbeat was due, in monotonic nanoseconds.
    private var last: Int64
    private var mark: (wall: UnixTime, monotonic: Int64)

    package init(every: Seconds, wall: UnixTime, monotonic: Int64) {
        self.every = every
        last = monotonic
        mark = (wall, monotonic)
    }

    /// What is to be recorded now; to be asked about once a second. A step comes before the heartbeat of the same moment.
    package mutating func note(wall: UnixTime, monotonic: Int64) -> [Beat] {
        var beats: [Beat] = []
        let passed = (monotonic - mark.monotonic) / 1000
        let expected = UnixTime(microseconds: mark.wall.microseconds + passed)
        if abs(wall.microseconds - expected.microseconds) >= Self.smallestStep {
            beats.append(.step(ClockStep(expected: expected, found: wall, monotonic: monotonic)))
            mark = (wall, monotonic)
        }
        let interval = every.count * 1_000_000_000
        if monotonic - last >= interval {
            beats.append(.due)
            mark = (wall, monotonic)
            // What comes late is not made up for.
            last = monotonic - last < 2 * interval ? last + interval : monotonic
        }
        return beats
    }
}
