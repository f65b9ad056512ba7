package import MartletCore
package import MartletMCP
import Synchronization

/// The legacy-era sessions of this gateway, in memory and bounded.
///
/// An id is 256 random bits. A session answers only the caller it was made for; anybody else gets the same answer as
/// for an id that never existed. A refreshed token of the same caller keeps its session.
package final class SessionTable: Sendable {
    private let sessions = Mutex<[String: Session]>([:])
    private let capacity: Int
    private let idle: Seconds
    private let random: any RandomSource

    package init(capacity: Int, idle: Seconds, random: any RandomSource) {
        self.capacity = capacity
        self.idle = idle
        self.random = random
    }

    /// Opens a session; nil when the table is full of sessions that are still in use.
    package func open(
        for owner: Principal, upstream: UpstreamID, version: ProtocolVersion, now: UnixTime
    ) -> Session? {
        let session = Session(
            id: Hex.encode(random.bytes(32)), owner: owner, upstream: upstream, version: version, lastUsed: now)
        return sessions.withLock { table in
            if table.count >= capacity {
                let (idle, now) = (self.idle, now)
                table = table.filter { $0.value.lastUsed.advanced(by: idle) > now }
            }
            guard table.count < capacity else { return nil }
            table[session.id] = session
            return session
        }
    }

    /// The session `id` of exactly this caller on this upstream, marked as used; nil for every other case alike.
    package func find(_ id: String, caller: Principal, upstream: UpstreamID, now: UnixTime) -> Session? {
        sessions.withLock { table in
            guard var session = table[id], session.upstream == upstream, session.owner.isSameCaller(as: caller),
                session.lastUsed.advanced(by: idle) > now
            else { return nil }
            session.lastUsed = now
            table[id] = session
            return session
        }
    }

    /// Ends the session of this caller; false when there is none to end.
    package func close(_ id: String, caller: Principal, upstream: UpstreamID, now: UnixTime) -> Bool {
        guard find(id, caller: caller, upstream: upstream, now: now) != nil else { return false }
        return sessions.withLock { $0.removeValue(forKey: id) } != nil
    }

    package var count: Int { sessions.withLock { $0.count } }
}
