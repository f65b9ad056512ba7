import MartletAudit
import MartletCore
import MartletEgress
import Synchronization

/// Calls to session-era upstreams that wait while an agent of the modern era holds the question.
///
/// In this process only: after a restart no state opens (`RequestStates`), and nothing waits. Bounded for each caller and
/// in all, because every one of them holds a connection of its upstream; what nobody comes back for is given up.
final class ParkedCalls: Sendable {
    struct Name: Hashable, Sendable {
        let call: CallID
        /// The round that the agent's answer will be.
        let round: Int
    }

    struct Parked: Sendable {
        let held: any HeldCall
        let call: ToolCall
        /// Of the round that is waited for.
        let context: CallContext
    }

    private let calls = Mutex<[Name: (parked: Parked, expires: UnixTime)]>([:])
    private let capacity: Int
    private let perCaller: Int
    private let patience: Seconds

    /// Ten minutes, and as long as an approval of the agent's next round may take, up to half an hour: each parked call
    /// holds a connection of its upstream.
    static func patience(forApprovals longest: Seconds?) -> Seconds {
        Seconds(min(1800, max(600, longest?.count ?? 0)))
    }

    init(capacity: Int = 64, perCaller: Int = 8, patience: Seconds = Seconds(600)) {
        self.capacity = capacity
        self.perCaller = perCaller
        self.patience = patience
    }

    /// False when there is no room: then the call is the caller's to give up.
    func park(_ parked: Parked, now: UnixTime) -> Bool {
        calls.withLock { calls in
            let own = calls.values.count(where: { $0.parked.call.principal.isSameCaller(as: parked.call.principal) })
            guard calls.count < capacity, own < perCaller else { return false }
            let name = Name(call: parked.call.id, round: parked.context.round)
            calls[name] = (parked, now.advanced(by: patience))
            return true
        }
    }

    func contains(_ name: Name) -> Bool { calls.withLock { $0[name] != nil } }

    /// The call, for exactly one who comes back.
    func take(_ name: Name) -> (any HeldCall)? { calls.withLock { $0.removeValue(forKey: name)?.parked.held } }

    /// Takes out what nobody came back for in time; everything when `now` is nil.
    func expired(at now: UnixTime?) -> [Parked] {
        calls.withLock { calls in
            let over = calls.filter { entry in now.map { entry.value.expires <= $0 } ?? true }
            for name in over.keys { calls[name] = nil }
            return over.values.map(\.parked)
        }
    }

    /// Takes out the calls of every caller that `isMeant`.
    func take(where isMeant: (Principal) -> Bool) -> [Parked] {
        calls.withLock { calls in
            let meant = calls.filter { isMeant($0.value.parked.call.principal) }
            for name in meant.keys { calls[name] = nil }
            return meant.values.map(\.parked)
        }
    }

    var count: Int { calls.withLock { $0.count } }
}
