import MartletCore
import MartletStorage

/// Tells who read the log that grows of closed ones that have what was asked for, or may have it.
struct ClosedLogs {
    /// When the first record of the log was written, as far as it says.
    private struct Span {
        let number: Int
        let begin: UnixTime?
        /// Of the next log.
        let end: UnixTime?

        func reaches(since: UnixTime?, until: UnixTime?) -> Bool {
            if let since, let end, end <= since { return false }
            if let until, let begin, until <= begin { return false }
            return true
        }
    }

    private let state: StateDirectory

    init(beside state: StateDirectory) { self.state = state }

    /// One line on standard error when the period reaches into closed logs: half of an answer looks like a whole one.
    func tell(found: Int, since: UnixTime? = nil, until: UnixTime? = nil) {
        guard state.shard == nil else { return }
        do {
            let spans = try spans().filter { $0.reaches(since: since, until: until) }
            guard let first = spans.first, let last = spans.last else { return }
            let names = spans.count == 1 ? "shard \(first.number)" : "shards \(first.number) to \(last.number)"
            Terminal.error(
                "the records of \(names), from \(first.begin?.rfc3339 ?? "?") to \(last.end?.rfc3339 ?? "?"), are not among "
                    + "these: --shard \(last.number)")
        } catch {
            Terminal.error("closed logs were not looked for: \(error)")
        }
    }

    private func spans() throws -> [Span] {
        let shards = try LogShards.read(state: state.path)
        guard !shards.closed.isEmpty else { return [] }
        let begins = try shards.all.map { try $0.beginning() }
        return zip(shards.closed, zip(begins, begins.dropFirst())).map { shard, span in
            Span(number: shard.number, begin: span.0, end: span.1)
        }
    }
}
