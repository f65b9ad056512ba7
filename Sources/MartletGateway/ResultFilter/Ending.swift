import MartletAudit
import MartletCore
import MartletEgress
import MartletJSON
import MartletMCP

/// How a dispatched call ended: the answer for the agent and the facts for the outcome record, from one reading.
struct Ending: Sendable {
    let draft: ResponseDraft
    private let outcome: CallOutcome
    private let result: JSONValue?
    private let bytes: Int

    init(
        _ upstream: UpstreamResult, of call: ToolCall, grant: String, answering message: MCPRequest, id: RequestID,
        intent: IntentReceipt, _ errors: ErrorMapping, _ rounds: InputRounds, _ tasks: TaskRelay, _ now: UnixTime
    ) {
        switch upstream {
        case .answered(let value, let bytes):
            self.bytes = bytes
            result = value
            do throws(CallResult.Defect) {
                if let task = try TaskEnding(
                    value, of: call, grant: grant, answering: message, id: id, intent: intent, errors, tasks)
                {
                    (outcome, draft) = (task.outcome, task.draft)
                } else if message.era == .modern, message.method.asksBack, let asked = try InputRequired(value) {
                    (outcome, draft) = Self.question(asked, call, message, id, intent, errors, rounds, now)
                } else {
                    let filtered = try FilteredResult(
                        value, answering: message, id: id, spelling: call.spelling, receipt: intent)
                    outcome = filtered.isToolError ? .toolError : .ok
                    draft = errors.answer(filtered.body, message)
                }
            } catch {
                outcome = .garbage(error.rawValue)
                draft = errors.failure(outcome, message, id: id, intent: intent)
            }
        case .refused(let code, let text, let data):
            outcome = .protocolError(code: code)
            result = data
            bytes = text.utf8.count
            draft = errors.upstreamError(code: code, text, data, message, id: id)
        case .failed(let failure):
            outcome = CallOutcome(failure)
            result = nil
            bytes = 0
            draft = errors.failure(outcome, message, id: id, intent: intent)
        }
    }

    /// The upstream asks back: relayed when the agent can be asked, with our state around the upstream's.
    private static func question(
        _ asked: InputRequired, _ call: ToolCall, _ message: MCPRequest, _ id: RequestID, _ intent: IntentReceipt,
        _ errors: ErrorMapping, _ rounds: InputRounds, _ now: UnixTime
    ) -> (CallOutcome, ResponseDraft) {
        if let missing = asked.missing(from: AgentCapabilities(call.input.capabilities)) {
            return (.garbage("input_not_declared"), errors.json(400, Reply.missingCapability(id: id, missing)))
        }
        guard let state = rounds.state(around: asked.state, for: call, now: now) else {
            let outcome = CallOutcome.garbage("too_many_rounds")
            return (outcome, errors.failure(outcome, message, id: id, intent: intent))
        }
        let body = Reply.inputRequired(id: id, asked, state: state) { $0.receipt(intent) }
        return (.inputRequired, errors.answer(body, message))
    }

    func facts(latency: Int64) -> OutcomeFacts {
        OutcomeFacts(outcome, latencyMicroseconds: latency, resultBytes: bytes, result: result)
    }
}

extension CallOutcome {
    init(_ failure: UpstreamFailure) {
        switch failure {
        case .unreachable(let reason): self = .unreachable(reason)
        case .timedOut: self = .timedOut
        case .brokenOff: self = .brokenOff
        case .cancelled: self = .cancelled
        case .garbage(let reason): self = .garbage(reason)
        case .tooLarge: self = .tooLarge
        case .unauthorized(let status): self = .unauthorized(status: status)
        case .busy: self = .busy
        case .closed: self = .closed
        case .notCarried(let reason): self = .notCarried(reason)
        case .eraChanged: self = .eraChanged
        }
    }
}
