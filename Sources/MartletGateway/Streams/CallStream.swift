import MartletAudit
import MartletCore
import MartletEgress
import MartletMCP

/// Stage 7 to 9 of one call as its agent sees it: nothing, a stream of notices, and then exactly one answer.
struct CallStream: Sendable {
    private let message: MCPRequest
    private let call: CallID
    private let caller: Principal
    private let audit: AuditLog
    private let calls: CallsInFlight
    private let logLevel: LogLevel?
    private let line: AgentLine?

    init(
        _ message: MCPRequest, _ call: ToolCall, _ audit: AuditLog, _ calls: CallsInFlight, on line: AgentLine?,
        sessionLogLevel: LogLevel?
    ) {
        self.message = message
        // A session that set no level hears everything. Source: MCP 2025-11-25, Logging, "Setting Log Level".
        logLevel = message.era == .modern ? message.statedLogLevel : sessionLogLevel ?? .debug
        self.call = call.id
        caller = call.principal
        self.audit = audit
        self.calls = calls
        self.line = line
    }

    /// A round of the call begins; gives what the upstream is told of the caller's wishes, nil when there is nobody.
    ///
    /// Whoever revokes looks through the calls in flight afterwards, and `hasLapsed` is asked after the call is one of
    /// them: a caller that was revoked while its intent was written gets nothing.
    func begin(_ intent: IntentReceipt, hasLapsed: () -> Bool) -> CallRelay? {
        guard let line else { return nil }
        line.begin(
            LineCall(
                intent: intent, token: message.acceptsEventStream ? message.progressToken : nil,
                endsWithConnection: message.era == .modern, audit: audit, head: Self.head))
        calls.enter(call, of: caller, named: name, on: line)
        if hasLapsed() { line.cancel(call) }
        var relay = CallRelay(to: line)
        guard message.acceptsEventStream else { return relay }
        relay.progress = message.progressToken != nil
        relay.logLevel = logLevel
        return relay
    }

    /// What the agent would call this call to cancel it; nil in the modern era, which closes the connection instead.
    private var name: CallsInFlight.Name? {
        guard message.era == .legacy, let session = message.sessionID, let id = message.id else { return nil }
        return CallsInFlight.Name(session: session, request: id)
    }

    /// Sends what rests on a record of its own, and goes on; false when nobody hears it any more.
    func tell(_ recorded: consuming AuditedResponse) -> Bool { line?.tell(recorded) ?? false }

    /// Whether the agent has given the call up.
    var isGivenUp: Bool { line?.isGivenUp ?? false }

    /// Ends the call with an answer that is on record already: as it is, or as the last event of an open stream.
    func end(_ recorded: consuming AuditedResponse) -> AuditedResponse {
        calls.leave(call, named: name)
        guard let stream = line?.end() else { return recorded }
        stream.end(with: recorded, framed: event)
        return stream.answer
    }

    /// Records the outcome and answers: as one response when nothing was said before, else as the stream's last event.
    ///
    /// When the outcome cannot be recorded nothing of `draft` leaves, and `lost` is called: a stream ends with `withheld`,
    /// without one this throws.
    func answer(
        _ draft: ResponseDraft, _ facts: OutcomeFacts, _ intent: IntentReceipt, lost: () -> Void,
        withheld: () -> ResponseDraft
    ) async throws(AuditError) -> AuditedResponse {
        calls.leave(call, named: name)
        guard let stream = line?.end() else {
            do throws(AuditError) {
                return try await audit.recordOutcome(of: intent, facts, answering: draft)
            } catch {
                lost()
                throw error
            }
        }
        do throws(AuditError) {
            try await stream.close(facts, last: draft, withheld: withheld(), framed: event)
        } catch {
            // The log has counted the loss, and the stream has ended with an error in place of the result.
            lost()
            return stream.answer
        }
        return stream.answer
    }

    private func event(_ draft: ResponseDraft) -> [UInt8] {
        let isEvent = draft.headers.contains { $0.name == "content-type" && $0.value.hasPrefix("text/event-stream") }
        return isEvent ? draft.body : ServerSentEvent.encode(draft.body)
    }

    static let head = ResponseDraft(
        status: 200,
        headers: [
            (name: "content-type", value: "text/event-stream"),
            (name: "cache-control", value: "no-store, no-transform"), (name: "x-accel-buffering", value: "no"),
        ])
}
