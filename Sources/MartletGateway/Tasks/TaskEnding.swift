import MartletAudit
import MartletCore
import MartletJSON
import MartletMCP

/// Stage 8 of an answer that is about a task: a call that became one, or a request about one.
struct TaskEnding: Sendable {
    let outcome: CallOutcome
    let draft: ResponseDraft

    /// Nil when the answer has nothing to do with tasks.
    init?(
        _ value: JSONValue, of call: ToolCall, grant: String, answering message: MCPRequest, id: RequestID,
        intent: IntentReceipt, _ errors: ErrorMapping, _ tasks: TaskRelay
    ) throws(CallResult.Defect) {
        if let request = call.task {
            self = try TaskEnding(value, about: request, call, message, id, intent, errors)
        } else if message.era == .modern, message.method == .callTool, TaskState.isClaimed(by: value) {
            self = try TaskEnding(value, beganBy: call, grant, message, id, intent, errors, tasks)
        } else {
            return nil
        }
    }

    /// A task for an agent that did not declare them could never be asked about: the call has failed, and may have run.
    private init(
        _ value: JSONValue, beganBy call: ToolCall, _ grant: String, _ message: MCPRequest, _ id: RequestID,
        _ intent: IntentReceipt, _ errors: ErrorMapping, _ tasks: TaskRelay
    ) throws(CallResult.Defect) {
        guard AgentCapabilities(call.input.capabilities).kinds.contains(.tasks) else {
            outcome = .garbage("task_not_declared")
            draft = errors.failure(outcome, message, id: id, intent: intent)
            return
        }
        let state = try TaskState(created: value)
        guard let handle = tasks.handle(of: state, begunBy: call, grant: grant) else { throw .badMember }
        outcome = .task(state.status)
        var end: Int?
        let body = Reply.task(id: id, state, as: handle, error: errors.relayed) { end = $0.receipt(intent) }
        draft = errors.answer(body, message, receipt: end)
    }

    private init(
        _ value: JSONValue, about request: TaskRequest, _ call: ToolCall, _ message: MCPRequest, _ id: RequestID,
        _ intent: IntentReceipt, _ errors: ErrorMapping
    ) throws(CallResult.Defect) {
        guard request.action == .look else {
            guard value.member("resultType").map({ $0.isString("complete") }) ?? true else { throw .unknownType }
            outcome = .ok
            var end: Int?
            let body = Reply.taskAcknowledged(id: id) { end = $0.receipt(intent) }
            draft = errors.answer(body, message, receipt: end)
            return
        }
        let state = try TaskState(value, of: request.task.upstreamID)
        if let missing = state.missing(from: AgentCapabilities(message.clientCapabilities)) {
            outcome = .garbage("input_not_declared")
            draft = errors.json(400, Reply.missingCapability(id: id, missing))
            return
        }
        outcome = .task(state.status)
        // Our own id of the task as the agent has sent it; stage 3 has opened it.
        let handle = message.params?.member("taskId")?.string ?? ""
        var end: Int?
        let body = Reply.task(id: id, state, as: handle, spelling: call.spelling, error: errors.relayed) {
            end = $0.receipt(intent)
        }
        draft = errors.answer(body, message, receipt: end)
    }
}
