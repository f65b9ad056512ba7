import MartletAudit
import MartletAuthn
import MartletCore
import MartletEgress
import MartletMCP
import MartletPolicy
import Synchronization

/// The open standing streams of this gateway: who hears what, within bounds, and when each must end.
///
/// One timer for all of them. What several streams of one caller want of an upstream is asked for once.
/// Source: docs/adr/0012-standing-streams.md.
final class StandingStreams: Sendable {
    /// How many streams there may be; one more is refused.
    struct Limits: Sendable {
        var inAll = 10_000
        var perCaller = 512
        var perSession = 4
        /// Resources that one stream may subscribe to, and bytes of URIs in all streams of a caller: they go to its upstreams
        /// together, and again with every change.
        var resources = 64
        var resourceBytes = 256 << 10
    }

    /// One caller at one upstream.
    struct Ear: Hashable, Sendable {
        let upstream: UpstreamID
        let caller: CallerKey
    }

    struct Table: Sendable {
        var lines: [CallID: StandingLine] = [:]
        /// In the order in which they were opened.
        var heard: [Ear: [CallID]] = [:]
        /// Open ones, and those about to be.
        var taken = 0
        var takenByCaller: [CallerKey: Int] = [:]
        var isClosed = false
        var alarm: (at: UnixTime, cancel: Alarm.Cancel)?
        /// Grants that ended up to here have been told of.
        var told: UnixTime
        var nextGrantEnd: UnixTime?
    }

    let limits: Limits
    let policy: PolicyEngine
    let sessions: SessionTable
    let clock: any GatewayClock
    let alarm: Alarm
    let table: Mutex<Table>
    private let upstreams: UpstreamDirectory
    let isRevoked: @Sendable (Principal) -> Bool

    init(
        limits: Limits = Limits(), policy: PolicyEngine, sessions: SessionTable, upstreams: UpstreamDirectory,
        authenticator: Authenticator, clock: any GatewayClock, alarm: Alarm
    ) {
        self.limits = limits
        self.policy = policy
        self.sessions = sessions
        self.upstreams = upstreams
        self.clock = clock
        self.alarm = alarm
        isRevoked = { authenticator.isRevoked($0) }
        let now = clock.now()
        table = Mutex(Table(told: now, nextGrantEnd: policy.nextEnd(after: now)))
        authenticator.watchRevocations { [weak self] in self?.endRevoked() }
        sessions.watchEnds { [weak self] in self?.end(session: $0) }
    }

    var count: Int { table.withLock { $0.taken } }

    // MARK: - Opening

    /// Keeps a place for one more stream that hears `filter`; false when there is none.
    func reserve(_ caller: CallerKey, _ filter: StreamFilter) -> Bool {
        table.withLock { table in
            let own = table.takenByCaller[caller, default: 0]
            let lines = table.lines.values.filter { $0.caller == caller }
            let bytes = lines.reduce(filter.resourceBytes) { $0 + $1.filter.resourceBytes }
            guard !table.isClosed, table.taken < limits.inAll, own < limits.perCaller, bytes <= limits.resourceBytes
            else { return false }
            table.taken += 1
            table.takenByCaller[caller] = own + 1
            return true
        }
    }

    func release(_ caller: CallerKey) { table.withLock { Self.release(caller, &$0) } }

    private static func release(_ caller: CallerKey, _ table: inout Table) {
        table.taken -= 1
        let own = table.takenByCaller[caller, default: 0] - 1
        table.takenByCaller[caller] = own > 0 ? own : nil
    }

    /// Takes in a stream that has a place, and returns when its upstreams are heard as well as they can be now, with
    /// those that are not.
    func enter(_ line: StandingLine) async -> [DegradedUpstream] {
        table.withLock { table in
            table.lines[line.id] = line
            for ear in line.ears { table.heard[ear, default: []].append(line.id) }
        }
        // What the session subscribed to while this was opened found no stream of it to add to.
        if let session = line.session {
            for (upstream, resources) in sessions.subscriptions(of: session) {
                line.replaceResources(granted(resources, of: upstream, to: line.principal), of: upstream)
            }
        }
        let degraded = await hearAll(of: line)
        armAlarm(for: line.expires)
        // Whoever revokes looks through the table afterwards, and we look at the revocations after the table.
        if isRevoked(line.principal) {
            end(line, .revoked)
        } else if let session = line.session, !sessions.isOpen(session) {
            end(line, .sessionEnded)
        } else if table.withLock({ $0.isClosed }) {
            end(line, .shutdown)
        }
        return degraded
    }

    /// What is asked of the upstream: of what was subscribed to, the part that is still granted.
    func granted(_ resources: Set<ResourceURI>, of upstream: UpstreamID, to caller: Principal) -> Set<ResourceURI> {
        let now = clock.now()
        return resources.filter { policy.isVisible(.resource($0), to: caller, upstream: upstream, now: now) }
    }

    /// Side by side: an upstream that takes its time keeps no other waiting.
    private func hearAll(of line: StandingLine) async -> [DegradedUpstream] {
        await withTaskGroup(of: DegradedUpstream?.self) { group in
            for ear in line.ears {
                group.addTask {
                    let standing = await withCheckedContinuation { continuation in
                        self.table.withLock { table in
                            self.ask(for: ear, line.principal, &table) { continuation.resume(returning: $0) }
                        }
                    }
                    return DegradedUpstream(ear.upstream, standing)
                }
            }
            let found = await group.reduce(into: []) { $0.append($1) }
            return found.compactMap { $0 }.sorted { $0.id.rawValue < $1.id.rawValue }
        }
    }

    /// Asks the upstream for what the caller's streams want together. `ready` is not called on this stack.
    private func ask(
        for ear: Ear, _ caller: Principal, _ table: inout Table, ready: @escaping ListenReady = { _ in }
    ) {
        var wanted = ListenFilter()
        for id in table.heard[ear] ?? [] {
            if let line = table.lines[id] { wanted.formUnion(line.filter[ear.upstream]) }
        }
        guard let upstream = upstreams[ear.upstream] else { return ready(.unheard(.closed)) }
        let hear: ChangeEar = { [weak self] news in self?.hear(news, ear) }
        upstream.listen(to: wanted, for: caller, hearing: hear, ready: ready)
    }

    // MARK: - Hearing

    /// Something happened at an upstream, as `ear` may know. The lists of `/mcp` say which upstreams are missing: there
    /// the loss of one changes them, for whoever still holds a grant on it.
    private func hear(_ news: UpstreamNews, _ ear: Ear) {
        let now = clock.now()
        let lines = table.withLock { table in (table.heard[ear] ?? []).compactMap { table.lines[$0] } }.filter {
            $0.naming == .verbatim || policy.hasGrant(on: ear.upstream, $0.principal, now: now)
        }
        switch news {
        case .changed(let change): tell(change, of: ear.upstream, to: lines)
        case .lost:
            let all = lines.filter { $0.naming == .aggregated }
            for kind in ListedKind.allCases { tell(.list(kind), of: ear.upstream, to: all) }
        }
    }

    /// In a session only one of its streams is told. Source: MCP 2025-11-25, Transports, "Multiple Connections".
    func tell(_ change: Change, of upstream: UpstreamID, to lines: [StandingLine]) {
        var told: Set<String> = []
        for line in lines {
            if let session = line.session, !told.insert(session).inserted { continue }
            line.tell(change, of: upstream)
        }
    }

    /// The session has subscribed to something, or no longer does; returns when its upstream knows.
    func refresh(_ ear: Ear, session: String) async {
        let subscribed = sessions.subscriptions(of: session)[ear.upstream] ?? []
        await withCheckedContinuation { continuation in
            table.withLock { table in
                let lines = (table.heard[ear] ?? []).compactMap { table.lines[$0] }.filter { $0.session == session }
                guard let line = lines.first else { return continuation.resume() }
                let resources = granted(subscribed, of: ear.upstream, to: line.principal)
                for line in lines { line.replaceResources(resources, of: ear.upstream) }
                ask(for: ear, line.principal, &table) { _ in continuation.resume() }
            }
        }
    }

    // MARK: - Ending

    /// Ends a stream and what its upstreams do for it alone; nothing happens when it has ended.
    func end(_ line: StandingLine, _ reason: StreamEnd) {
        line.end(reason)
        let wasOpen = table.withLock { table in
            guard table.lines.removeValue(forKey: line.id) != nil else { return false }
            Self.release(line.caller, &table)
            for ear in line.ears {
                table.heard[ear]?.removeAll { $0 == line.id }
                if table.heard[ear]?.isEmpty == true { table.heard[ear] = nil }
                ask(for: ear, line.principal, &table)
            }
            return true
        }
        if wasOpen, let session = line.session { sessions.release(session, now: clock.now()) }
    }

    func end(session: String) {
        for line in open(where: { $0.session == session }) { end(line, .sessionEnded) }
    }

    func endRevoked() {
        for line in open(where: { [isRevoked] in isRevoked($0.principal) }) { end(line, .revoked) }
    }

    /// Ends every stream in order, and takes no new one.
    func close() {
        table.withLock { table in
            table.isClosed = true
            table.alarm?.cancel()
        }
        for line in open(where: { _ in true }) { end(line, .shutdown) }
    }

    func open(where belongs: (StandingLine) -> Bool) -> [StandingLine] {
        table.withLock { Array($0.lines.values) }.filter(belongs)
    }
}

extension StandingLine {
    /// Where this stream listens.
    fileprivate var ears: [StandingStreams.Ear] { upstreams.map { .init(upstream: $0, caller: caller) } }
}

extension DegradedUpstream {
    /// Nil for an upstream that is heard.
    init?(_ id: UpstreamID, _ standing: ListenStanding) {
        switch standing {
        case .heard: return nil
        case .absent: self.init(id, .refused)
        case .unheard(let failure): self.init(id, Reason(failure))
        }
    }
}
