import MartletCore
import MartletMCP
import Synchronization

/// The calls of session-era agents that are under way, by the names their agents gave them.
///
/// A name counts in its own session only, and a session belongs to one caller (`SessionTable`): nobody can name
/// another's call. Bounded: a call beyond the bound runs all the same, it only cannot be cancelled.
/// Source: MCP 2025-11-25, Cancellation.
final class CallsInFlight: Sendable {
    struct Name: Hashable {
        let session: String
        let request: RequestID
    }

    private let calls = Mutex<[Name: (call: CallID, line: AgentLine)]>([:])
    private let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    /// When an agent uses a name twice at the same time, the later call has it.
    func enter(_ name: Name, _ call: CallID, on line: AgentLine) {
        calls.withLock { calls in
            guard calls.count < capacity || calls[name] != nil else { return }
            calls[name] = (call, line)
        }
    }

    func leave(_ name: Name, _ call: CallID) {
        calls.withLock { calls in
            if calls[name]?.call == call { calls[name] = nil }
        }
    }

    /// Gives up the call of that name; nothing happens when there is none, or it has just ended.
    @discardableResult
    func cancel(_ name: Name) -> CallID? {
        guard let (call, line) = calls.withLock({ $0[name] }) else { return nil }
        line.cancel(call)
        return call
    }

    var count: Int { calls.withLock { $0.count } }
}
