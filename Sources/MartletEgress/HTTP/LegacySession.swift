package import MartletCore
package import MartletMCP
import NIOCore
import Synchronization

/// One session at a legacy upstream, used for one caller only.
struct LegacySession: Sendable, Hashable {
    /// Nil when the upstream keeps no sessions.
    let id: String?
    let version: ProtocolVersion
    /// Ours; tells a session from the one that replaced it, also when the upstream names none.
    let number: Int64
}

/// Whose session: the caller, whatever token it came with, and what was declared of it in `initialize`.
///
/// The callers of two keys are the same exactly when `Principal.isSameCaller`. Lists and other requests that nobody can be
/// asked about use the key without capabilities.
package struct CallerKey: Hashable, Sendable {
    private let issuer: String
    private let agent: SubjectID
    private let user: SubjectID?
    private let role: RoleName
    private let actors: [SubjectID]
    let capabilities: AgentCapabilities

    package init(_ caller: Principal, _ capabilities: AgentCapabilities = AgentCapabilities([])) {
        (issuer, agent, user, role, actors) = (caller.issuer, caller.agent, caller.user, caller.role, caller.actors)
        self.capabilities = capabilities
    }

    /// Of the caller's lists, and of what it hears while it calls nothing.
    var withoutCapabilities: CallerKey { CallerKey(self, AgentCapabilities([])) }

    private init(_ key: CallerKey, _ capabilities: AgentCapabilities) {
        (issuer, agent, user, role, actors) = (key.issuer, key.agent, key.user, key.role, key.actors)
        self.capabilities = capabilities
    }
}

/// The open sessions of one legacy upstream, at most `maximum`, never shared between callers.
///
/// Source: MCP 2026-07-28, Security Best Practices, "Session Hijacking".
final class LegacySessions: Sendable {
    typealias Opened = Result<LegacySession, UpstreamFailure>

    /// What a caller without a session is to do.
    private enum Place {
        case ready(LegacySession)
        case wait
        case openIt(evicted: [LegacySession])
        case full
        case closed
    }

    private enum Entry {
        case opening([CheckedContinuation<Opened, Never>])
        case open(LegacySession, lastUsed: NIODeadline)
    }

    private struct Table {
        var entries: [CallerKey: Entry] = [:]
        var isClosed = false
    }

    private let table = Mutex(Table())
    private let maximum: Int
    /// Longer than any call lasts: a session idle for that long is in nobody's hands.
    private let idleLimit: TimeAmount

    init(maximum: Int, idleLimit: TimeAmount) {
        self.maximum = maximum
        self.idleLimit = idleLimit
    }

    /// The caller's session; opened by `open` if there is none. Calls that come meanwhile wait for the same one.
    func session(
        for key: CallerKey, now: NIODeadline, evict: ([LegacySession]) -> Void, open: () async -> Opened
    ) async -> Opened {
        switch place(for: key, now: now) {
        case .ready(let session): return .success(session)
        case .full: return .failure(.busy)
        case .closed: return .failure(.closed)
        case .wait: return await waitForSession(key)
        case .openIt(let evicted):
            if !evicted.isEmpty { evict(evicted) }
            let opened = await open()
            settle(key, opened)
            return opened
        }
    }

    private func place(for key: CallerKey, now: NIODeadline) -> Place {
        table.withLock { table in
            switch table.entries[key] {
            case .open(let session, _)?:
                table.entries[key] = .open(session, lastUsed: now)
                return .ready(session)
            case .opening?: return .wait
            case nil: break
            }
            guard !table.isClosed else { return .closed }
            let evicted = table.entries.count < maximum ? [] : Self.removeIdle(&table, before: now - idleLimit)
            guard table.entries.count < maximum else { return .full }
            table.entries[key] = .opening([])
            return .openIt(evicted: evicted)
        }
    }

    private func waitForSession(_ key: CallerKey) async -> Opened {
        await withCheckedContinuation { continuation in
            let settled: Opened? = table.withLock { table in
                switch table.entries[key] {
                case .opening(let waiting)?:
                    table.entries[key] = .opening(waiting + [continuation])
                    return nil
                case .open(let session, _)?: return .success(session)
                case nil: return .failure(.unreachable("session could not be opened"))
                }
            }
            if let settled { continuation.resume(returning: settled) }
        }
    }

    private func settle(_ key: CallerKey, _ opened: Opened) {
        let waiting = table.withLock { table in
            guard case .opening(let waiting)? = table.entries[key] else {
                return [CheckedContinuation<Opened, Never>]()
            }
            switch opened {
            case .success(let session): table.entries[key] = .open(session, lastUsed: .now())
            case .failure: table.entries[key] = nil
            }
            return waiting
        }
        for continuation in waiting { continuation.resume(returning: opened) }
    }

    /// Forgets exactly this session; one that replaced it stays.
    func forget(_ session: LegacySession, of key: CallerKey) {
        table.withLock { table in
            if case .open(let current, _)? = table.entries[key], current == session { table.entries[key] = nil }
        }
    }

    /// Takes out the sessions nobody has used for the idle limit.
    func removeIdle(now: NIODeadline) -> [LegacySession] {
        table.withLock { Self.removeIdle(&$0, before: now - idleLimit) }
    }

    /// Takes out all sessions; no new one is opened afterwards.
    func close() -> [LegacySession] {
        table.withLock { table in
            table.isClosed = true
            return Self.removeIdle(&table, before: .distantFuture)
        }
    }

    private static func removeIdle(_ table: inout Table, before limit: NIODeadline) -> [LegacySession] {
        var removed: [LegacySession] = []
        for (key, entry) in table.entries {
            guard case .open(let session, let lastUsed) = entry, lastUsed <= limit else { continue }
            table.entries[key] = nil
            removed.append(session)
        }
        return removed
    }
}
