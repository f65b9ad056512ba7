import MartletAudit
import MartletCore
import MartletEgress
import MartletJSON
import MartletMCP

/// How a dispatched round ended: the answer for the agent and the facts for the outcome record, from one reading.
struct Ending: Sendable {
    /// What is to be asked on the stream of the call, before there is an answer to it.
    struct Question: Sendable {
        let asked: InputRequired
        /// Where the answer goes; nil when it goes out with a request of its own.
        let held: (any HeldCall)?
    }

    let draft: ResponseDraft
    /// Set when the agent is to be asked now: `draft` is the answer if that cannot be done.
    let question: Question?
    private let outcome: CallOutcome
    private let result: JSONValue?
    private let bytes: Int

    init(
        _ upstream: UpstreamResult, of call: ToolCall, grant: String, answering message: MCPRequest, id: RequestID,
        intent: IntentReceipt, _ exchange: Exchange, _ errors: ErrorMapping, _ rounds: InputRounds,
        _ tasks: TaskRelay, _ now: UnixTime
    ) {
        let asking = Asking(call, message, id, intent, exchange, errors, rounds, now)
        switch upstream {
        case .answered(let value, let bytes):
            self.bytes = bytes
            result = value
            do throws(CallResult.Defect) {
                if let task = try TaskEnding(
                    value, of: call, grant: grant, answering: message, id: id, intent: intent, errors, tasks)
                {
                    (outcome, draft, question) = (task.outcome, task.draft, nil)
                } else if message.method.asksBack, let asked = try InputRequired(value) {
                    (outcome, draft, question) = asking.ask(asked, nil, .answers)
                } else {
                    let filtered = try FilteredResult(
                        value, answering: message, id: id, spelling: call.spelling, receipt: intent)
                    outcome = filtered.isToolError ? .toolError : .ok
                    draft = errors.answer(filtered.body, message, receipt: filtered.receipt)
                    question = nil
                }
            } catch {
                outcome = .garbage(error.rawValue)
                draft = errors.failure(outcome, message, id: id, intent: intent)
                question = nil
            }
        case .asked(let asked, let held):
            result = asked.asked
            bytes = 0
            (outcome, draft, question) = asking.ask(asked, held, .parked)
        case .refused(let code, let text, let data):
            result = data
            bytes = text.utf8.count
            if code == ErrorCode.pagesRequired, message.era == .modern, let asked = asking.pages(data) {
                (outcome, draft, question) = asking.ask(asked, nil, .again)
            } else {
                outcome = .protocolError(code: code)
                draft = errors.upstreamError(code: code, text, data, message, id: id)
                question = nil
            }
        case .failed(let failure):
            outcome = CallOutcome(failure)
            result = nil
            bytes = 0
            draft = errors.failure(outcome, message, id: id, intent: intent)
            question = nil
        }
    }

    func facts(latency: Int64) -> OutcomeFacts {
        OutcomeFacts(outcome, latencyMicroseconds: latency, resultBytes: bytes, result: result)
    }
}

/// What becomes of a question, by the era of the agent.
private struct Asking {
    private let call: ToolCall
    private let message: MCPRequest
    private let id: RequestID
    private let intent: IntentReceipt
    private let exchange: Exchange
    private let errors: ErrorMapping
    private let rounds: InputRounds
    private let now: UnixTime

    init(
        _ call: ToolCall, _ message: MCPRequest, _ id: RequestID, _ intent: IntentReceipt, _ exchange: Exchange,
        _ errors: ErrorMapping, _ rounds: InputRounds, _ now: UnixTime
    ) {
        (self.call, self.message, self.id, self.intent) = (call, message, id, intent)
        (self.exchange, self.errors, self.rounds, self.now) = (exchange, errors, rounds, now)
    }

    /// Relayed when the agent can be asked; what cannot be is given up at the upstream.
    func ask(
        _ asked: InputRequired, _ held: (any HeldCall)?, _ way: InputRounds.Way
    ) -> (CallOutcome, ResponseDraft, Ending.Question?) {
        let agent = AgentCapabilities(call.input.capabilities)
        if let missing = asked.missing(from: agent) {
            held?.giveUp()
            let outcome = CallOutcome.garbage("input_not_declared")
            guard message.era == .modern else { return failed(outcome) }
            return (outcome, errors.json(400, Reply.missingCapability(id: id, missing)), nil)
        }
        let outcome = CallOutcome.inputRequired(asked.needs.names.joined(separator: ", "))
        guard message.era == .modern else {
            guard call.input.round < InputRounds.maximum, !agent.isEmpty else {
                held?.giveUp()
                return failed(.garbage(agent.isEmpty ? "input_not_declared" : "too_many_rounds"))
            }
            let (_, draft, _) = failed(.garbage("too_many_questions"))
            return (outcome, draft, Ending.Question(asked: asked, held: held))
        }
        guard let state = rounds.state(around: asked.state, for: call, way, now: now) else {
            held?.giveUp()
            return failed(.garbage("too_many_rounds"))
        }
        if let held {
            let context = exchange.context(round: call.input.round + 1)
            guard rounds.parked.park(.init(held: held, call: call, context: context), now: now) else {
                held.giveUp()
                return failed(.garbage("too_many_questions"))
            }
        }
        var end: Int?
        let body = Reply.inputRequired(id: id, asked, state: state) { end = $0.receipt(intent) }
        return (outcome, errors.answer(body, message, receipt: end), nil)
    }

    /// The pages of -32042; nil when the error names none that could be shown.
    func pages(_ data: JSONValue?) -> InputRequired? {
        guard message.method.asksBack else { return nil }
        do throws(CallResult.Defect) {
            return try InputRequired(pages: data)
        } catch {
            return nil  // Answered as the error it is.
        }
    }

    private func failed(_ outcome: CallOutcome) -> (CallOutcome, ResponseDraft, Ending.Question?) {
        (outcome, errors.failure(outcome, message, id: id, intent: intent), nil)
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
