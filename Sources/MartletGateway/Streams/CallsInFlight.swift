import MartletCore
import MartletMCP
import Synchronization

/// The calls that are under way, by caller and, in the session era, by the names their agents gave them.
///
/// A name counts in its own session only, and a session belongs to one caller (`SessionTable`): nobody can name
/// another's call. Bounded: a call beyond the bound runs all the same, it only cannot be given up.
/// Source: MCP 2025-11-25, Cancellation.
final class CallsInFlight: Sendable {
    struct Name: Hashable {
        let session: String
        let request: RequestID
    }

    private struct Table {
        var running: [CallID: (caller: Principal, line: AgentLine)] = [:]
        var named: [Name: CallID] = [:]
    }

    private let table = Mutex(Table())
    private let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    /// When an agent uses a name twice at the same time, the later call has it.
    func enter(_ call: CallID, of caller: Principal, named name: Name?, on line: AgentLine) {
        table.withLock { table in
            guard table.running.count < capacity || table.running[call] != nil else { return }
            table.running[call] = (caller, line)
            if let name { table.named[name] = call }
        }
    }

    func leave(_ call: CallID, named name: Name?) {
        table.withLock { table in
            table.running[call] = nil
            if let name, table.named[name] == call { table.named[name] = nil }
        }
    }

    /// Gives up the call of that name; nothing happens when there is none, or it has just ended.
    @discardableResult
    func cancel(_ name: Name) -> CallID? {
        let found = table.withLock { table -> (CallID, AgentLine)? in
            guard let call = table.named[name], let line = table.running[call]?.line else { return nil }
            return (call, line)
        }
        guard let (call, line) = found else { return nil }
        line.cancel(call)
        return call
    }

    /// Gives up the calls of every caller that `isMeant`.
    func cancel(where isMeant: (Principal) -> Bool) -> [CallID] {
        let meant = table.withLock { table in table.running.filter { isMeant($0.value.caller) } }
        for (call, running) in meant { running.line.cancel(call) }
        return Array(meant.keys)
    }

    var count: Int { table.withLock { $0.running.count } }
}
