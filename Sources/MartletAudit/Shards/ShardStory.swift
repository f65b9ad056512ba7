package import MartletCore
import MartletJSON

/// What the records of one log say of its place among the logs before and after it, record by record, in order.
package struct ShardStory: Sendable {
    /// Of the first and the last record taken.
    package private(set) var first: UnixTime?
    package private(set) var last: UnixTime?
    /// What the last record says of the next log; nil while the log may go on.
    package private(set) var next: LogName?
    /// The log before; nil when no record says what it was.
    package private(set) var previous: ClosedLog?
    /// Whether calls stand in it.
    package private(set) var hasCalls = false
    /// Closed logs that records give up.
    package private(set) var retired: [ClosedLog] = []
    /// The first record, or the first behind the last leap of the time from one record to the next.
    package private(set) var steadySince: UnixTime?
    /// So far apart, the gateway was off for long, or its clock was wrong before or is now.
    package static let leap = Seconds(30 * 86_400)

    package init() {}

    package mutating func take(_ entry: TimelineEntry) {
        first = first ?? entry.time
        steadySince = steadySince ?? entry.time
        if let last, Self.isLeap(last, entry.time) { steadySince = entry.time }
        last = entry.time
        hasCalls = hasCalls || entry.type == .callIntent
        next = entry.type == .shardClosed ? LogName(next: entry) : nil
        if entry.type == .shardOpened { previous = ClosedLog(entry) }
        if entry.type == .retentionApplied, let closed = ClosedLog(entry) { retired.append(closed) }
    }

    /// Whether that much time lies between two records, in either direction.
    package static func isLeap(_ one: UnixTime, _ next: UnixTime) -> Bool {
        abs(next.seconds(since: one)) > leap.count
    }
}

extension LogName {
    fileprivate init?(next entry: TimelineEntry) {
        guard let origin = entry.text("derived", "next_origin"), let key = entry.text("derived", "next_vkey") else {
            return nil
        }
        self.init(origin: origin, verifierKey: key)
    }
}

extension ClosedLog {
    /// Nil for a record that is not about a closed log.
    fileprivate init?(_ entry: TimelineEntry) {
        guard let number = entry.integer("observed", "shard").flatMap(Int.init(exactly:)),
            let origin = entry.text("observed", "origin"), let key = entry.text("observed", "vkey"),
            let size = entry.integer("observed", "size").flatMap(UInt64.init(exactly:)),
            let root = entry.text("observed", "root").flatMap({ Digest($0) }),
            let first = entry.moment("observed", "first_t"), let last = entry.moment("observed", "last_t")
        else { return nil }
        self.init(
            number: number, name: LogName(origin: origin, verifierKey: key),
            checkpoint: CheckpointFacts(size: size, root: root), first: first, last: last)
    }
}
