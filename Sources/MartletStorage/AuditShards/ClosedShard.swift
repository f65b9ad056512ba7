package import MartletAudit
import MartletCore
import MartletTransparency

/// A closed log, read whole: what it was, and what it leaves to the next one.
package struct ClosedShard: Sendable {
    package let log: ClosedLog
    /// What its last record says of the next log.
    package let next: LogName
    /// What it says of the log before it; nil for the first one.
    package let previous: ClosedLog?
    /// Logs before it that its records give up.
    package let retired: [ClosedLog]
    /// What stands at its end: its own, and what it was left itself.
    package let erasures: Erasures
    package let withdrawals: Withdrawals
    /// What it carried over from the log before, by `Erasures.standing`.
    package let carried: Set<String>
    /// Whom and which keys its records name.
    package let mentions: Mentions
    /// Whether the head that was kept of it says the same; false when that could not be read.
    package let isHeldToHead: Bool

    /// Verifies every byte of it. `base` is the name of the first log.
    package init(
        _ shard: LogShard, base: String, files: any SegmentFiles = PosixFiles()
    ) throws(ClosedShardError) {
        var (story, erasures, withdrawals, mentions) = (ShardStory(), Erasures(), Withdrawals(), Mentions())
        var unreadable: UInt64?
        var carried: Set<String> = []
        let summary: LogSummary
        let key: String?
        do throws(SegmentError) {
            summary = try SegmentReader(directory: shard.directory, files: files).verify(holdsToHead: true) { record in
                do throws(LeafError) {
                    let entry = try TimelineEntry(leaf: record.leaf, read: record.document, index: record.index)
                    story.take(entry)
                    erasures.take(entry)
                    withdrawals.take(entry)
                    if entry.type == .shardOpened { carried = erasures.standing }
                    mentions.take(entry)
                } catch {
                    unreadable = unreadable ?? record.index
                }
            }
            let layout = LogLayout(directory: shard.directory)
            key = try CheckpointFile(layout: layout, files: files).text(layout.verifierKey)
        } catch {
            throw .log(error)
        }
        if let unreadable { throw .unreadable(record: unreadable) }
        guard let next = story.next, let first = story.first, let last = story.last, let key,
            let root = Digest(bytes: summary.root.bytes)
        else { throw .notClosed }
        guard let checkpoint = summary.checkpoint, checkpoint.size == summary.size,
            checkpoint.origin.utf8.elementsEqual(shard.origin(base).utf8)
        else { throw .notClosed }
        if case .read = summary.head { isHeldToHead = true } else { isHeldToHead = false }
        let name = LogName(origin: checkpoint.origin, verifierKey: String(key.prefix { $0 != "\n" }))
        log = ClosedLog(
            number: shard.number, name: name, checkpoint: CheckpointFacts(size: summary.size, root: root), first: first,
            last: last)
        (self.next, previous, self.erasures, self.mentions) = (next, story.previous, erasures, mentions)
        (self.withdrawals, self.carried, retired) = (withdrawals, carried, story.retired)
    }
}

/// Why a closed log is not what it should be.
package enum ClosedShardError: Error, Hashable, Sendable, CustomStringConvertible {
    case log(SegmentError)
    case unreadable(record: UInt64)
    /// It does not end with the record that closes it, or its checkpoint does not cover it.
    case notClosed

    package var description: String {
        switch self {
        case .log(let error): "\(error)"
        case .unreadable(let record): "record \(record) cannot be read"
        case .notClosed: "it does not end with the record that closes it, or its checkpoint does not cover that"
        }
    }
}
