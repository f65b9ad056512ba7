package import MartletAudit
package import MartletCore
import Synchronization

/// How a running sink stands, for whoever asks beside its thread.
package final class SinkStatus: Sendable {
    private struct State {
        var next: UInt64 = 0
        var oldest: UnixTime?
        var failure: String?
        var failing: UnixTime?
    }

    package let name: String
    package let kind: String
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
            guard state.next < end else { return nil }
            return state.oldest ?? state.failing
        }
    }

    package var failure: String? { state.withLock { $0.failure } }

    package func facts(now: UnixTime) -> SinkFacts {
        let (end, oldest) = (size(), oldest)
        return state.withLock { state in
            SinkFacts(
                sink: name, kind: kind, next: state.next, behind: end > state.next ? end - state.next : 0,
                seconds: LagAlert.seconds(since: oldest, now), reason: state.failure)
        }
    }

    func wait(for oldest: UnixTime?) { state.withLock { $0.oldest = oldest } }

    /// `last` is when the record before `next` was written. What waits behind it is known only when it is read: until then
    /// it counts as that old when it is there already, and as new when it comes later.
    func stand(at next: UInt64, last: UnixTime?) {
        let end = size()
        state.withLock { state in
            state.next = next
            state.oldest = next < end ? last : nil
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
