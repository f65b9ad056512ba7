import MartletAudit
import MartletCore
import MartletEgress
import MartletJSON
import MartletMCP

/// Asks an agent of the session era on the stream of its own call, and makes the answer the next round.
///
/// The round's outcome is durable before the question leaves; the answer is decided and recorded like every round before
/// anything of it goes upstream. Source: docs/adr/0013-questions-of-upstreams.md.
struct SessionAsking: Sendable {
    let questions: OpenQuestions
    let rounds: InputRounds
    let audit: AuditLog
    let refusals: Refusals
    let clock: any GatewayClock
    let random: any RandomSource

    enum Next: ~Copyable {
        case turn(CallTurn)
        case over(AuditedResponse)
    }

    func ask(
        _ question: Ending.Question, after call: ToolCall, _ facts: OutcomeFacts, intent: IntentReceipt,
        _ message: MCPRequest, _ exchange: Exchange, instead draft: ResponseDraft, on stream: CallStream
    ) async throws(AuditError) -> Next {
        let (asked, held) = (question.asked, question.held)
        guard let session = exchange.session?.id,
            let round = questions.open(
                asked.questions, session: session, of: call.principal, call: call.id, now: clock.now())
        else {
            held?.giveUp()
            var facts = facts
            facts.outcome = .garbage("too_many_questions")
            return .over(
                try await stream.answer(draft, facts, intent, lost: {}) { refusals.withheld(exchange, intent) })
        }
        let recorded: AuditedResponse
        do throws(AuditError) {
            let events = zip(asked.questions, round.ids).flatMap { ServerSentEvent.encode($0.message(id: $1)) }
            recorded = try await audit.recordOutcome(
                of: intent, facts, answering: ResponseDraft(status: 200, body: events))
        } catch {
            questions.close(round)
            held?.giveUp()
            throw error
        }
        switch await answers(to: round, of: asked, recorded, on: stream) {
        case .given(let answers, let digest, let caller):
            let isRefused = held == nil && answers.values.contains { InputAnswer.isRefusal($0) }
            let now = clock.now()
            let attempt = CallID(time: now, random: RandomBits(random))
            let next = rounds.next(
                after: call, asked, answers, digest, by: caller ?? call.principal, attempt: attempt, now: now)
            guard !isRefused, let next else {
                held?.giveUp()
                return .over(await over(.refused, call, message, exchange, stream))
            }
            return .turn(CallTurn(call: next, claim: nil, held: held))
        case .missing(let why):
            held?.giveUp()
            return .over(await over(why, call, message, exchange, stream))
        }
    }

    private func answers(
        to round: OpenQuestions.Round, of asked: InputRequired, _ recorded: consuming AuditedResponse,
        on stream: CallStream
    ) async -> OpenQuestions.Answers {
        guard !asked.questions.isEmpty else {
            questions.close(round)
            return .given([:], Digest(of: []), by: nil)
        }
        guard stream.tell(recorded) else {
            questions.close(round)
            return .missing(stream.isGivenUp ? .cancelled : .undelivered)
        }
        return await questions.answers(to: round)
    }

    /// The round that should have come is refused: nothing of it was sent.
    private func over(
        _ why: Unanswered, _ call: ToolCall, _ message: MCPRequest, _ exchange: Exchange, _ stream: CallStream
    ) async -> AuditedResponse {
        stream.end(await refusals.unanswered(why, call, message, exchange))
    }
}
