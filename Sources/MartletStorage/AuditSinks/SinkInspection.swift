import MartletAudit
package import MartletCore

/// How a sink stands, from its file and the log alone: also when no gateway runs.
package struct SinkInspection: Sendable {
    package let name: String
    /// Nil when its file cannot be read.
    package let state: SinkState?
    /// Records of the log; nil when it cannot be read.
    package let size: UInt64?
    /// When the first record was written that is not acknowledged.
    package let oldest: UnixTime?
    /// Why it cannot go on.
    package let refusal: SinkRefusal?

    package init(_ name: String, states: String, log: String) {
        self.name = name
        var known: SinkState?
        var found: (size: UInt64, oldest: UnixTime?)?
        var refusal: SinkRefusal?
        do throws(SinkRefusal) {
            known = try SinkFile(directory: states, sink: name).load()
            found = try Self.read(log, from: known)
        } catch {
            refusal = error
        }
        state = known
        size = found?.size
        oldest = found?.oldest
        self.refusal = refusal
    }

    package var behind: UInt64? {
        guard let state, let size else { return nil }
        return size > state.cursor.next ? size - state.cursor.next : 0
    }

    /// Whether nobody needs to look: nothing fails, and nothing waits for longer than it may.
    package func isGood(now: UnixTime) -> Bool {
        guard let state, refusal == nil else { return false }
        return state.failure == nil && LagAlert.seconds(since: oldest, now) < state.alertAfter.count
    }

    private static func read(
        _ log: String, from state: SinkState?
    ) throws(SinkRefusal) -> (size: UInt64, oldest: UnixTime?) {
        let cursor = state?.cursor ?? .start(of: "")
        var reader = SinkReader(log: log, origin: cursor.origin)
        defer { reader.close() }
        try reader.start(at: cursor)
        do throws(SegmentFault) {
            let oldest = try reader.next(BatchLimits(records: 1, bytes: 1), below: .max).first?.time
            return (try reader.skipToEnd(), oldest)
        } catch {
            throw .log(error)
        }
    }
}
