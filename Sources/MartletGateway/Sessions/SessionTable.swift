package import MartletCore
import MartletEgress
package import MartletMCP
import Synchronization

/// The legacy-era sessions of this gateway, in memory and bounded.
///
/// An id is 256 random bits. A session answers only the caller it was made for; anybody else gets the same answer as
/// for an id that never existed. A refreshed token of the same caller keeps its session.
package final class SessionTable: Sendable {
    fileprivate struct Table {
        var sessions: [String: Session] = [:]
        /// The ids of each caller, the oldest first.
        var owned: [CallerKey: [String]] = [:]

        mutating func remove(_ id: String) -> Session? {
            guard let session = sessions.removeValue(forKey: id) else { return nil }
            let owner = CallerKey(session.owner)
            owned[owner]?.removeAll { $0 == id }
            if owned[owner]?.isEmpty == true { owned[owner] = nil }
            return session
        }
    }

    /// How many resources one session can be subscribed to, and how many bytes of URIs one caller in all of its sessions.
    package static let maximumSubscriptions = 64
    package static let maximumSubscribedBytes = 256 << 10

    /// How many sessions one caller can have; one more ends its oldest.
    package static let maximumPerCaller = 64

    fileprivate let table = Mutex(Table())
    private let watchers = Mutex<[@Sendable (_ id: String) -> Void]>([])
    private let capacity: Int
    private let idle: Seconds
    private let random: any RandomSource

    package init(capacity: Int, idle: Seconds, random: any RandomSource) {
        self.capacity = capacity
        self.idle = idle
        self.random = random
    }

    /// A session that made room for another one, and whether it was still in use.
    package struct Ended: Sendable {
        package let session: Session
        package let wasInUse: Bool
    }

    /// Opens a session, and tells which others ended for it; none when the table is full of sessions in use.
    package func open(
        for owner: Principal, route: Route, version: ProtocolVersion,
        asking agent: AgentCapabilities = AgentCapabilities([]), now: UnixTime
    ) -> (opened: Session?, ended: [Ended]) {
        let session = Session(
            id: Hex.encode(random.bytes(32)), owner: owner, route: route, version: version,
            capabilities: agent.value, lastUsed: now)
        let (opened, ended) = table.withLock { table -> (Session?, [Ended]) in
            let owner = CallerKey(session.owner)
            var over: [String] = []
            if let own = table.owned[owner], own.count >= Self.maximumPerCaller { over.append(own[0]) }
            if table.sessions.count >= capacity {
                over += table.sessions.filter { !$0.value.isInUse(at: now, idle: idle) }.keys
            }
            let ended = over.compactMap { table.remove($0) }
                .map { Ended(session: $0, wasInUse: $0.isInUse(at: now, idle: idle)) }
            guard table.sessions.count < capacity else { return (nil, ended) }
            table.sessions[session.id] = session
            table.owned[owner, default: []].append(session.id)
            return (session, ended)
        }
        for one in ended { tellEnd(of: one.session.id) }
        return (opened, ended)
    }

    /// The session `id` of exactly this caller on this route, marked as used; nil for every other case alike.
    package func find(_ id: String, caller: Principal, route: Route, now: UnixTime) -> Session? {
        table.withLock { table in
            guard var session = table.sessions[id], session.route == route,
                session.owner.isSameCaller(as: caller),
                session.isInUse(at: now, idle: idle)
            else { return nil }
            session.lastUsed = now
            table.sessions[id] = session
            return session
        }
    }

    /// Ends the session of this caller; false when there is none to end.
    package func close(_ id: String, caller: Principal, route: Route, now: UnixTime) -> Bool {
        guard find(id, caller: caller, route: route, now: now) != nil else { return false }
        guard table.withLock({ $0.remove(id) }) != nil else { return false }
        tellEnd(of: id)
        return true
    }

    /// Notes the level for a session that `find` has just found.
    package func setLevel(_ level: LogLevel, of id: String) {
        table.withLock { $0.sessions[id]?.logLevel = level }
    }

    /// Has `body` called with the id of each session that has ended, once it is out of the table.
    func watchEnds(_ body: @escaping @Sendable (_ id: String) -> Void) { watchers.withLock { $0.append(body) } }

    private func tellEnd(of id: String) { for watcher in watchers.withLock({ $0 }) { watcher(id) } }

    package var count: Int { table.withLock { $0.sessions.count } }
}

/// What a session holds open.
extension SessionTable {
    /// Counts one more standing stream of a session; false when it has ended, or has `maximum` already.
    func hold(_ id: String, maximum: Int) -> Bool {
        table.withLock { table in
            guard let streams = table.sessions[id]?.streams, streams < maximum else { return false }
            table.sessions[id]?.streams = streams + 1
            return true
        }
    }

    func isOpen(_ id: String) -> Bool { table.withLock { $0.sessions[id] != nil } }

    /// The stream has ended; the session's idle time begins anew.
    func release(_ id: String, now: UnixTime) {
        table.withLock { table in
            guard let streams = table.sessions[id]?.streams else { return }
            table.sessions[id]?.streams = max(0, streams - 1)
            table.sessions[id]?.lastUsed = now
        }
    }

    func subscriptions(of id: String) -> [UpstreamID: Set<ResourceURI>] {
        table.withLock { $0.sessions[id]?.subscriptions ?? [:] }
    }

    /// Whether this session, and its caller in all of its sessions, can subscribe to one more resource.
    func hasRoom(for uri: ResourceURI, of upstream: UpstreamID, _ id: String) -> Bool {
        table.withLock { $0.hasRoom(for: uri, of: upstream, id) }
    }

    /// False when there is no room; the session has ended or has as much as it may.
    @discardableResult
    func subscribe(to uri: ResourceURI, of upstream: UpstreamID, _ id: String) -> Bool {
        table.withLock { table in
            guard table.hasRoom(for: uri, of: upstream, id) else { return false }
            table.sessions[id]?.subscriptions[upstream, default: []].insert(uri)
            return true
        }
    }

    func unsubscribe(from uri: ResourceURI, of upstream: UpstreamID, _ id: String) {
        table.withLock { _ = $0.sessions[id]?.subscriptions[upstream]?.remove(uri) }
    }
}

extension Session {
    func isInUse(at now: UnixTime, idle: Seconds) -> Bool { streams > 0 || lastUsed.advanced(by: idle) > now }
}

extension SessionTable.Table {
    fileprivate func hasRoom(for uri: ResourceURI, of upstream: UpstreamID, _ id: String) -> Bool {
        guard let session = sessions[id] else { return false }
        if session.subscriptions[upstream]?.contains(uri) == true { return true }
        let count = session.subscriptions.values.reduce(0) { $0 + $1.count }
        let own = owned[CallerKey(session.owner)] ?? []
        let bytes = own.reduce(0) { $0 + (sessions[$1]?.subscribedBytes ?? 0) }
        return count < SessionTable.maximumSubscriptions
            && bytes + uri.rawValue.utf8.count <= SessionTable.maximumSubscribedBytes
    }
}

extension Session {
    fileprivate var subscribedBytes: Int {
        subscriptions.values.reduce(0) { sum, uris in uris.reduce(sum) { $0 + $1.rawValue.utf8.count } }
    }
}
