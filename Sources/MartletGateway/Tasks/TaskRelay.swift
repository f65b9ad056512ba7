import MartletAuthn
import MartletCore
import MartletJSON
import MartletMCP
import MartletPolicy

/// The tasks of upstreams as their agents see them: under ids of ours, which open for whoever began the task alone.
///
/// Nothing is kept here. A task is the upstream's; every request about it is a call of its own on the subject of the call
/// that began it, decided and recorded, and its record names that call. Source: ADR-0015.
struct TaskRelay: Sendable {
    let handles: TaskHandles

    /// Stage 3 of a request about a task.
    func call(
        _ message: MCPRequest, _ exchange: Exchange, _ caller: Principal
    ) throws(ProtocolError) -> ToolCall {
        let asked = try message.taskParameters()
        // A route of one upstream knows the tasks of no other.
        guard let task = handles.open(asked.taskID, for: caller),
            exchange.upstream == nil || exchange.upstream == task.upstream
        else { throw .unknownTask(id: message.id) }
        var input = CallInput()
        input.route = exchange.route.recorded
        input.capabilities = message.clientCapabilities
        input.responses = asked.responses
        input.decided = try asked.responses.map { responses throws(ProtocolError) in
            try decided(task, responses, message)
        }
        return ToolCall(
            id: exchange.id, principal: caller, upstream: task.upstream, method: message.method.rawValue,
            subject: .tool(task.tool), arguments: nil, argumentDigest: try digest(of: input.decided, message),
            bodyDigest: message.bodyDigest, model: message.model, received: exchange.received, input: input,
            task: TaskRequest(asked.action, of: task))
    }

    /// Of `ids`, the caller's own tasks at these upstreams whose grant is alive.
    func open(
        _ ids: Set<String>, for caller: Principal, of upstreams: Set<UpstreamID>, _ policy: PolicyEngine,
        _ exchange: Exchange, now: UnixTime
    ) -> [String: TaskReference] {
        ids.reduce(into: [:]) { found, id in
            guard let task = handles.open(id, for: caller), upstreams.contains(task.upstream),
                case .permit = policy.decide(
                    ToolCall(telling: caller, of: task, id: exchange.id, route: exchange.route.recorded, now: now),
                    approval: nil, now: now)
            else { return }
            found[id] = task
        }
    }

    /// The id for a new task; nil when there can be none.
    func handle(of state: TaskState, begunBy call: ToolCall, grant: String) -> String? {
        guard let tool = call.subject.tool,
            let task = TaskReference(
                upstream: call.upstream, upstreamID: state.upstreamID, call: call.id, tool: tool, grant: grant,
                argumentDigest: call.argumentDigest)
        else { return nil }
        return handles.seal(task, for: call.principal)
    }

    /// What an approver of an answer sees, and what its approval binds to.
    private func decided(
        _ task: TaskReference, _ responses: JSONValue, _ message: MCPRequest
    ) throws(ProtocolError) -> JSONValue {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.member("task", string: task.call.rawValue)
        writer.member("arguments", string: task.argumentDigest.description)
        writer.member("inputResponses", value: responses)
        writer.endObject()
        do {
            return try JSONValue.parse(writer.bytes)
        } catch {
            throw .invalidParams("params.inputResponses: \(error.reason)", era: message.era, id: message.id)
        }
    }

    private func digest(of decided: JSONValue?, _ message: MCPRequest) throws(ProtocolError) -> Digest {
        do {
            return Digest(of: try (decided ?? .emptyObject).canonical())
        } catch {
            throw .invalidParams("params.inputResponses: \(error.reason)", era: message.era, id: message.id)
        }
    }
}

extension ToolCall {
    /// A look that nobody asked for: what its upstream says of a task by itself.
    convenience init(telling caller: Principal, of task: TaskReference, id: CallID, route: String?, now: UnixTime) {
        var input = CallInput()
        input.route = route
        self.init(
            id: id, principal: caller, upstream: task.upstream, method: "notifications/tasks",
            subject: .tool(task.tool),
            arguments: nil, argumentDigest: Digest(of: []), bodyDigest: Digest(of: []), model: .unknown, received: now,
            input: input, task: TaskRequest(.look, of: task))
    }
}
