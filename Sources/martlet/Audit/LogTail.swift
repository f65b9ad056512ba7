import ArgumentParser
import FoundationEssentials
import MartletAudit
import MartletStorage

/// What comes into the logs of a state directory from one look to the next, over the end of a log into the one behind it.
struct LogTail {
    private let state: StateDirectory
    private var filter: IndexFilter
    /// Nil between two logs: the one has ended, and the other has no records yet.
    private var log: IndexedLog?
    /// Of the log that is read.
    private var number: Int
    /// So many of its records were looked at.
    private var seen: UInt64
    private static let page: UInt64 = 100_000

    /// From the end of `log` on, the one that grew at `number`.
    init(_ log: IndexedLog, number: Int, filter: IndexFilter) {
        (state, self.log, self.number, self.filter, seen) = (log.state, log, number, filter, log.size)
    }

    /// The number of the log that grows, or that the next start begins.
    static func number(_ state: StateDirectory) throws -> Int { try shards(state).current.number }

    /// The records that came since, the oldest first.
    mutating func next() throws -> [LoggedRecord] {
        let growing = try Self.number(state)
        if growing == number {
            let before = (log, seen)
            do {
                let found = try rest()
                // Only then was all of it read from that log.
                if try Self.number(state) == number { return found }
            } catch {
                guard try Self.number(state) != number else { throw error }
            }
            (log, seen) = before
        }
        return try cross()
    }

    /// What is left of the log that has ended, and of those that have ended behind it; then the log that grows begins.
    private mutating func cross() throws -> [LoggedRecord] {
        var found: [LoggedRecord] = []
        let shards = try Self.shards(state)
        while number < shards.current.number {
            if let closed = shards.closed.first(where: { $0.number == number }) {
                var state = state
                state.shard = closed
                log = try IndexedLog(state)
                found += try rest()
            } else {
                Terminal.error("shard \(number) is not here any more: its records from \(seen) on are not among these")
            }
            (log, number, seen) = (nil, number + 1, 0)
            Terminal.error("the log was closed; shard \(number) begins")
        }
        return found
    }

    private mutating func rest() throws -> [LoggedRecord] {
        if log == nil {
            guard FileManager.default.fileExists(atPath: state.audit + "/segments") else { return [] }
            log = try IndexedLog(state)
        }
        guard var log else { return [] }
        try log.catchUp()
        var found: [LoggedRecord] = []
        while seen < log.size {
            let end = min(log.size, seen + Self.page)
            filter.after = seen > 0 ? seen - 1 : nil
            filter.before = end
            found += try log.records(filter, IndexPage(limit: Int(Self.page)))
            seen = end
        }
        self.log = log
        return found
    }

    private static func shards(_ state: StateDirectory) throws -> LogShards {
        do throws(SegmentError) { return try LogShards.read(state: state.path) } catch {
            Terminal.error("\(error)")
            throw ExitCode(1)
        }
    }
}
