package import MartletCore
package import MartletMCP
import Synchronization

/// The legacy-era sessions of this gateway, in memory and bounded.
///
/// An id is 256 random bits. A session answers only the caller it was made for; anybody else gets the same answer as
/// for an id that never existed. A refreshed token of the same caller keeps its session.
package final class SessionTable: Sendable {
    private struct Table {
        var sessions: [String: Session] = [:]
        /// The ids of each caller, the oldest first.
        var owned: [Owner: [String]] = [:]

        mutating func remove(_ id: String) -> Session? {
            guard let session = sessions.removeValue(forKey: id) else { return nil }
            let owner = Owner(session.owner)
            owned[owner]?.removeAll { $0 == id }
            if owned[owner]?.isEmpty == true { owned[owner] = nil }
            return session
        }
    }

    private struct Owner: Hashable {
        let agent: SubjectID
        let role: RoleName
        let user: SubjectID?
        let issuer: String
        init(_ principal: Principal) {
            agent = principal.agent
            role = principal.role
            user = principal.user
            issuer = principal.issuer
        }
    }

    /// How many sessions one caller can have; one more ends its oldest.
    package static let maximumPerCaller = 64

    private let table = Mutex(Table())
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
        for owner: Principal, route: Route, version: ProtocolVersion, now: UnixTime
    ) -> Session? {
        let session = Session(
            id: Hex.encode(random.bytes(32)), owner: owner, route: route, version: version, lastUsed: now)
        return table.withLock { table in
            let owner = Owner(session.owner)
            if let own = table.owned[owner], own.count >= Self.maximumPerCaller { _ = table.remove(own[0]) }
            if table.sessions.count >= capacity {
                let over = table.sessions.filter { $0.value.lastUsed.advanced(by: idle) <= now }
                for id in over.keys { _ = table.remove(id) }
            }
            guard table.sessions.count < capacity else { return nil }
            table.sessions[session.id] = session
            table.owned[owner, default: []].append(session.id)
            return session
        }
    }

    /// The session `id` of exactly this caller on this route, marked as used; nil for every other case alike.
    package func find(_ id: String, caller: Principal, route: Route, now: UnixTime) -> Session? {
        table.withLock { table in
            guard var session = table.sessions[id], session.route == route,
                session.owner.isSameCaller(as: caller),
                session.lastUsed.advanced(by: idle) > now
            else { return nil }
            session.lastUsed = now
            table.sessions[id] = session
            return session
        }
    }

    /// Ends the session of this caller; false when there is none to end.
    package func close(_ id: String, caller: Principal, route: Route, now: UnixTime) -> Bool {
        guard find(id, caller: caller, route: route, now: now) != nil else { return false }
        return table.withLock { $0.remove(id) } != nil
    }

    /// Notes the level for a session that `find` has just found.
    package func setLevel(_ level: LogLevel, of id: String) {
        table.withLock { $0.sessions[id]?.logLevel = level }
    }

    package var count: Int { table.withLock { $0.sessions.count } }
}
