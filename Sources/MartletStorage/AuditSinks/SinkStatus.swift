package import MartletAudit
package import MartletCore
import Synchronization

/// How a running sink stands, for whoever asks beside its thread.
package final class SinkStatus: Sendable {
    private struct State {
        /// The log in which the sink stands; nil until it has read where.
        var origin: String?
        /// In that log.
        var next: UInt64 = 0
        /// Records of the logs before that one.
        var before: UInt64 = 0
        /// Counted over all logs.
        var position: UInt64 { before &+ next }
        var oldest: UnixTime?
        var failure: String?
        var failing: UnixTime?
    }

    package let name: String
    package let kind: String
    /// Durable records of all logs.
    private let size: @Sendable () -> UInt64
    private let state = Mutex(State())

    init(name: String, kind: String, size: @escaping @Sendable () -> UInt64) {
        self.name = name
        self.kind = kind
        self.size = size
    }

    /// When the first record was written that is not acknowledged; nil when all are. While the sink does not come to
    /// reading, since when it fails.
    package var oldest: UnixTime? {
        let end = size()
        return state.withLock { state in
            guard state.position < end else { return nil }
            return state.oldest ?? state.failing
        }
    }

    package var failure: String? { state.withLock { $0.failure } }

    package func facts(now: UnixTime) -> SinkFacts {
        let (end, oldest) = (size(), oldest)
        return state.withLock { state in
            SinkFacts(
                sink: name, kind: kind, origin: state.origin, next: state.next,
                behind: end > state.position ? end - state.position : 0,
                seconds: LagAlert.seconds(since: oldest, now), reason: state.failure)
        }
    }

    func wait(for oldest: UnixTime?) { state.withLock { $0.oldest = oldest } }

    /// `last` is when the record before `next` was written. What waits behind it is known only when it is read: until then
    /// it counts as that old when it is there already, and as new when it comes later.
    ///
    /// `before` counts the records of the logs before the one of which `next` is a number; `origin` is the name of that one.
    func stand(at next: UInt64, of origin: String, after before: UInt64, last: UnixTime?) {
        let end = size()
        state.withLock { state in
            (state.origin, state.next, state.before) = (origin, next, before)
            state.oldest = state.position < end ? last : nil
        }
    }

    func fail(_ text: String, now: UnixTime) {
        state.withLock { state in
            state.failing = state.failing ?? now
            state.failure = text
        }
    }

    func succeed() {
        state.withLock { state in
            state.failure = nil
            state.failing = nil
        }
    }
}
