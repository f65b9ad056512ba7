import MartletJSON

/// One log after another: what the next one begins with, and that nothing follows the end. Source: ADR-0036.
struct ShardRules: Sendable {
    private var closed: UInt64?
    private var opened: UInt64?
    private var hasCalls = false
    /// The log before and the one behind, as the records name them.
    private(set) var previous: NeighbourLog?
    private(set) var next: NeighbourLog?
    /// How many of the parts that carry over have come, and how many there are to be.
    private var carried: (parts: Int64, of: Int64) = (0, 0)

    mutating func take(_ record: LogRecord, _ breaches: inout [Breach]) {
        if let closed { breaches.append(Breach(.shardEnds, "record \(closed) closes the log")) }
        switch record.type {
        case "shard.closed": (closed, next) = (record.index, NeighbourLog(behind: record))
        case "shard.carried": part(record)
        case "shard.opened": opening(record, &breaches)
        case "call.intent": hasCalls = true
        default: break
        }
    }

    /// A start that was cut short begins again with the first part.
    private mutating func part(_ record: LogRecord) {
        let number = record.value("derived", "part")?.integer ?? 0
        if number == 1 { carried = (0, record.value("derived", "parts")?.integer ?? 0) }
        if number == carried.parts + 1 { carried.parts = number }
    }

    private mutating func opening(_ record: LogRecord, _ breaches: inout [Breach]) {
        if let opened { breaches.append(Breach(.shardBegins, "record \(opened) says already what went before")) }
        if hasCalls { breaches.append(Breach(.shardBegins, "calls stand before it")) }
        let told = record.value("derived", "carried")?.integer ?? 0
        if told != carried.parts || carried.parts != carried.of {
            breaches.append(Breach(.shardBegins, "\(carried.parts) of \(told) parts are carried over before it"))
        }
        opened = opened ?? record.index
        previous = previous ?? NeighbourLog(before: record)
    }
}
