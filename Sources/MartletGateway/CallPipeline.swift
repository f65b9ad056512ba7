import MartletAudit
import MartletAuthn
import MartletCore
import MartletEgress
import MartletMCP
import MartletPolicy

/// The path of every call, in order. Start reading here; docs/request-path.md has the same nine stages in prose.
///
/// Each stage returns the proof that it ran, and the next one takes nothing else: a call that was not authenticated,
/// parsed, authorized and durably recorded cannot be written down in this language, let alone dispatched. Every other
/// way out of a stage is a recorded refusal. It runs on the event loop of the caller's connection and suspends only
/// where the outside answers.
struct CallPipeline: Sendable {
    let authentication: Authentication
    let intake: Intake
    let decisions: DecisionStage
    let audit: AuditLog
    let upstreams: UpstreamDirectory
    let refusals: Refusals
    let slots: CallSlots
    let calls: CallsInFlight
    let rounds: InputRounds
    let tasks: TaskRelay
    let asking: SessionAsking
    let clock: any GatewayClock
    let random: any RandomSource

    /// Stages 2 to 9 of one request that stage 1, the listener, has read.
    func answer(_ inbound: InboundRequest, route: Route, on line: AgentLine?) async -> AuditedResponse {
        var exchange = Exchange(
            inbound, route: route, hasLine: line != nil, revocationEpoch: authentication.revocationEpoch,
            now: clock.now(), random: random)

        // 2 AUTHENTICATION: who asks. Nothing of the body is looked at before.
        let authenticated: AuthenticatedRequest
        switch await authentication.check(exchange) {
        case .success(let proof): authenticated = proof
        case .failure(let failure): return await refusals.unauthenticated(failure, exchange)
        }
        exchange.principal = authenticated.principal
        guard slots.take() else { return await refusals.tooMany(exchange) }
        defer { slots.release() }

        // 3 PROTOCOL: what is asked, in one strict reading. What is no call goes no further.
        let message: MCPRequest
        var turn: CallTurn
        let id: RequestID
        switch await intake.read(&exchange, authenticated, on: line) {
        case .call(let request, let first, let name): (message, turn, id) = (request, first, name)
        case .answered(let response): return response
        }

        // Once for each round: more than once only when the upstream asks and the agent answers on this very stream.
        let stream = CallStream(
            message, turn.call, audit, calls, on: line, sessionLogLevel: exchange.session?.logLevel)
        while true {
            let call = turn.call
            // 4 POLICY, and 5 APPROVAL as one more fact for a second decision.
            let authorized: AuthorizedCall
            let offer: ToolOffer
            switch await decisions.decide(call, message, exchange) {
            case .permit(let proof, let known): (authorized, offer) = (proof, known)
            case .deny(let refusal):
                turn.held?.giveUp()
                return stream.end(await refusals.denied(refusal, call, exchange))
            }
            guard let ready = rounds.use(turn, now: clock.now()) else {
                return stream.end(
                    await refusals.staleState(message, call, spent: authorized.approval?.id, exchange))
            }

            // 6 AUDIT INTENT: durable before the first byte leaves. No record, no call.
            let recorded: RecordedCall
            let context = exchange.context(toolDigest: offer.definition?.digest, round: call.input.round)
            do throws(AuditError) {
                recorded = try await audit.recordIntent(authorized, context: context)
            } catch {
                ready.held?.giveUp()
                return stream.end(
                    await refusals.denied(.unrecorded(error, spent: authorized.approval?.id), call, exchange))
            }

            // 7 DISPATCH: consumes the proof, so at most once. What the upstream says meanwhile goes to the caller at once.
            let intent = recorded.intent
            let started = clock.now()
            let relay = stream.begin(intent) { authentication.lapse(of: call.principal, exchange, now: started) != nil }
            let result = await upstreams.dispatch(recorded, offer, ready.held, relaying: relay)
            await intake.listening.note(message, call, result)

            // 8 RESULT FILTER, then 9 AUDIT OUTCOME: durable before the reply, or the upstream's question, leaves.
            let ended = clock.now()
            let ending = Ending(
                result, of: call, grant: authorized.grant.rawValue, answering: message, id: id, intent: intent,
                exchange, refusals.errors, rounds, tasks, ended)
            let facts = ending.facts(latency: ended.microseconds - started.microseconds)
            do throws(AuditError) {
                guard let question = ending.question else {
                    return try await stream.answer(ending.draft, facts, intent) {
                        rounds.giveUp(after: call)
                    } withheld: {
                        refusals.withheld(exchange, intent)
                    }
                }
                switch try await asking.ask(
                    question, after: call, facts, intent: intent, message, exchange, instead: ending.draft, on: stream)
                {
                case .turn(let next): turn = next
                case .over(let response): return response
                }
            } catch {
                return stream.end(refusals.outcomeUnrecorded(error, exchange, intent: intent))
            }
        }
    }
}
