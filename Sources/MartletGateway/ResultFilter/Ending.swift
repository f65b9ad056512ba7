import MartletAudit
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
        _ upstream: UpstreamResult, answering message: MCPRequest, id: RequestID, intent: IntentReceipt,
        errors: ErrorMapping
    ) {
        switch upstream {
        case .answered(let value, let bytes):
            self.bytes = bytes
            result = value
            do throws(CallResult.Defect) {
                let filtered = try FilteredResult(value, answering: message, id: id, receipt: intent)
                outcome = filtered.isToolError ? .toolError : .ok
                draft = errors.answer(filtered.body, message)
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
        }
    }
}
