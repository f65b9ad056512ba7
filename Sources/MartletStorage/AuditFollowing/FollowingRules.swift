import MartletRecords

/// The rules among the records as a running gateway keeps them, from the first record on: it remembers the newest 262,144
/// calls and approvals (ADR-0022).
///
/// It takes the leaves that the index has just read where it stands at the same place, and reads by itself what lies behind:
/// everything at a start, and whatever the index did not give.
struct FollowingRules {
    private static let memory = 1 << 18
    /// How long it waits after a failure, in milliseconds.
    private static let pause: Int64 = 2000
    /// Leaves of one step.
    private static let group = 256

    private let log: String
    private var watch = RuleWatch(memory: memory)
    /// Open while it reads by itself.
    private var reader: SegmentFollower?
    private var notBefore: Int64 = 0
    /// Why it does not follow; nil while it does.
    private(set) var failure: String?

    init(log: String) { self.log = log }

    /// Leaves that were checked.
    var size: UInt64 { watch.size }

    /// Takes leaves that somebody else has read; those that are not the next ones are left out.
    mutating func take(_ leaves: [ReadLeaf]) {
        for leaf in leaves where leaf.index == watch.size { watch.take(leaf) }
        if let last = leaves.last, watch.size == last.index + 1 { close() }
    }

    /// Reads some leaves below `end` by itself; whether there were any.
    mutating func step(below end: UInt64) -> Bool {
        guard watch.size < end, Monotonic.milliseconds >= notBefore else { return false }
        do throws(SegmentFault) {
            return try read(below: end)
        } catch {
            // What is damaged is not passed over: it begins again with the first record.
            close()
            watch = RuleWatch(memory: Self.memory)
            failure = "\(error)"
            notBefore = Monotonic.milliseconds + Self.pause
            return false
        }
    }

    /// Findings that no record of the log tells yet, each given once; none before `end` is reached, as the log may tell them
    /// further on.
    mutating func untold(at end: UInt64) -> [LogFinding] { watch.size >= end ? watch.untold() : [] }

    mutating func close() {
        reader?.close()
        reader = nil
    }

    private mutating func read(below end: UInt64) throws(SegmentFault) -> Bool {
        var reader = self.reader ?? SegmentFollower(directory: log)
        var isPlaced = true
        defer { self.reader = isPlaced ? reader : nil }
        if self.reader == nil, try !reader.start(after: watch.size) {
            reader.close()
            isPlaced = false
            return false
        }
        let first = watch.size
        while watch.size < end, watch.size < first + UInt64(Self.group), let batch = try reader.next() {
            for placed in batch where placed.place.index == watch.size { watch.take(ReadLeaf(placed)) }
        }
        failure = watch.size == first ? reader.obstacle.map { "\($0)" } : nil
        return watch.size > first
    }
}
