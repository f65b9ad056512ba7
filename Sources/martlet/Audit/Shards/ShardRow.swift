import MartletAudit
import MartletConfiguration
import MartletCore
import MartletJSON
import MartletStorage
import MartletTransparency

/// The logs of a state directory, each read whole, and whether they follow each other as they say.
struct ShardRow {
    private let closed: [ClosedLog]
    private let current: LogShard
    private let origin: String
    /// Records of the log that grows.
    private let size: UInt64
    /// Closed logs that are gone, as a record says.
    private let retired: [Int]
    /// Others that are not here: kept elsewhere, or given up in a log that is gone itself, or lost.
    private let absent: [Int]
    /// What is not as it should be, each with its log.
    private(set) var problems: [String] = []

    /// `base` is the name of the first log.
    init(state: StateDirectory, base: String) throws(SegmentError) {
        let shards = try LogShards.read(state: state.path)
        var closed: [ClosedShard] = []
        var problems: [String] = []
        for shard in shards.closed {
            do throws(ClosedShardError) { closed.append(try ClosedShard(shard, base: base)) } catch {
                problems.append("audit log \(shard.directory): \(error)")
            }
        }
        var growing = Growing(number: shards.current.number)
        let summary = try SegmentReader(directory: shards.current.directory).verify { record in
            do throws(LeafError) {
                growing.take(try TimelineEntry(leaf: record.leaf, read: record.document, index: record.index))
            } catch {
                problems.append("audit log \(shards.current.directory): record \(record.index): \(error)")
            }
        }
        self.closed = closed.map(\.log)
        (current, size) = (shards.current, summary.size)
        let retired = Set((closed.flatMap(\.retired) + growing.story.retired).map(\.number))
        self.retired = retired.sorted()
        absent = (1..<shards.current.number).filter { number in
            !retired.contains(number) && !shards.closed.contains { $0.number == number }
        }
        origin = summary.checkpoint?.origin ?? shards.current.origin(base)
        self.problems = problems + Self.links(closed) + growing.problems(behind: closed.last)
    }

    /// Each closed log names the next one, which says what it goes on from. The key may have been replaced since.
    private static func links(_ closed: [ClosedShard]) -> [String] {
        zip(closed, closed.dropFirst()).compactMap { one, next in
            let (number, later) = (one.log.number, next.log.number)
            if one.next.origin != next.log.name.origin {
                return "shard \(later) is not the log that shard \(number) names"
            }
            if next.previous != one.log { return "shard \(number) is not the log that shard \(later) goes on from" }
            return lost(one, next.carried, "shard \(later)")
        }
    }

    fileprivate static func lost(_ one: ClosedShard, _ carried: Set<String>, _ later: String) -> String? {
        let lost = one.erasures.standing.subtracting(carried).sorted()
        guard !lost.isEmpty else { return nil }
        return "\(later) does not carry over from shard \(one.log.number): \(lost.joined(separator: ", "))"
    }

    func text(_ retention: RetentionSettings, now: UnixTime) -> String {
        var lines = retired.map { "shard \($0): removed, as a record says" }
        lines += absent.map { "shard \($0): not here, and no record of the logs that are gives it up" }
        for log in closed {
            var line = "shard \(log.number): \(log.name.origin), closed, \(log.checkpoint.size) records from "
            line += "\(log.first.rfc3339) to \(log.last.rfc3339)"
            if let keep = retention.keep {
                let end = log.last.advanced(by: keep)
                line += end <= now ? ", its time is over: removed at a start" : ", kept until \(end.rfc3339)"
            }
            lines.append(line)
        }
        lines.append("shard \(current.number): \(origin), grows, \(size) records")
        return lines.joined(separator: "\n")
    }

    var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("good", bool: problems.isEmpty)
        writer.key("closed")
        writer.beginArray()
        for log in closed {
            writer.beginObject()
            writer.member("shard", int: Int64(log.number))
            writer.member("origin", string: log.name.origin)
            writer.member("vkey", string: log.name.verifierKey)
            writer.member("size", int: Int64(clamping: log.checkpoint.size))
            writer.member("root", string: Hex.encode(log.checkpoint.root.bytes))
            writer.member("first", string: log.first.rfc3339)
            writer.member("last", string: log.last.rfc3339)
            writer.endObject()
        }
        writer.endArray()
        writer.key("removed")
        writer.beginArray()
        for number in retired { writer.number(Int64(number)) }
        writer.endArray()
        writer.key("absent")
        writer.beginArray()
        for number in absent { writer.number(Int64(number)) }
        writer.endArray()
        writer.member("shard", int: Int64(current.number))
        writer.member("origin", string: origin)
        writer.member("size", int: Int64(clamping: size))
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

/// What the records of the log that grows say of the logs before it.
private struct Growing {
    let number: Int
    private(set) var story = ShardStory()
    private var erasures = Erasures()
    private var carried: Set<String> = []

    init(number: Int) { self.number = number }

    mutating func take(_ entry: TimelineEntry) {
        story.take(entry)
        erasures.take(entry)
        if entry.type == .shardOpened { carried = erasures.standing }
    }

    func problems(behind last: ClosedShard?) -> [String] {
        guard let previous = story.previous else {
            return number > 1 && story.hasCalls ? ["audit/ has calls and does not say what it goes on from"] : []
        }
        guard let last, last.log.number == number - 1 else {
            guard !story.retired.contains(previous) else { return [] }
            return ["shard \(previous.number) (\(previous.name.origin)) is gone, and no record gives it up"]
        }
        guard last.log == previous else { return ["shard \(last.log.number) is not the log that audit/ goes on from"] }
        return [ShardRow.lost(last, carried, "audit/")].compactMap(\.self)
    }
}
