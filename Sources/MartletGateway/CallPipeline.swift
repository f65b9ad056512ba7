import MartletApproval
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
    let protocolStage: ProtocolStage
    let policy: PolicyEngine
    let approval: ApprovalStage
    let audit: AuditLog
    let upstreams: UpstreamDirectory
    let offers: ToolOffers
    let messages: MessagePipeline
    let listening: ListenPipeline
    let refusals: Refusals
    let slots: CallSlots
    let calls: CallsInFlight
    let rounds: InputRounds
    let tasks: TaskRelay
    let clock: any GatewayClock
    let random: any RandomSource

    /// Stages 2 to 9 of one request that stage 1, the listener, has read.
    func answer(_ inbound: InboundRequest, route: Route, on line: AgentLine?) async -> AuditedResponse {
        var exchange = Exchange(inbound, route: route, now: clock.now(), random: random)

        // 2 AUTHENTICATION: who asks. Nothing of the body is looked at before.
        let authenticated: AuthenticatedRequest
        switch await authentication.check(exchange) {
        case .success(let proof): authenticated = proof
        case .failure(let failure): return await refusals.unauthenticated(failure, exchange)
        }
        exchange.principal = authenticated.principal
        guard slots.take() else { return await refusals.tooMany(exchange) }
        defer { slots.release() }

        // 3 PROTOCOL: what is asked, in one strict reading.
        let message: MCPRequest
        let call: ToolCall
        let id: RequestID
        let claim: InputRounds.Claim
        do throws(ProtocolRefusal) {
            exchange.upstream = try protocolStage.upstream(of: exchange)
            if inbound.method == "DELETE" { return await messages.endSession(exchange, authenticated) }
            if inbound.method == "GET" {
                return await listening.openSessionStream(exchange, authenticated, on: line)
            }
            message = try protocolStage.read(&exchange, authenticated)
            guard message.method.entry.authorization == .grant else {
                return message.method.entry.record == .stream
                    ? await listening.listen(message, exchange, authenticated, on: line)
                    : await messages.answer(message, exchange, authenticated)
            }
            (call, id, claim) = try protocolStage.call(message, exchange, authenticated)
        } catch {
            return await refusals.malformed(error, exchange)
        }

        // 4 POLICY, and 5 APPROVAL as one more fact for a second decision.
        let authorized: AuthorizedCall
        let offer: ToolOffer
        switch await decide(call, message) {
        case .permit(let proof, let known): (authorized, offer) = (proof, known)
        case .deny(let refusal): return await refusals.denied(refusal, call, exchange)
        }

        guard rounds.use(claim, now: exchange.received) else {
            return await refusals.staleState(message, call, spent: authorized.approval?.id, exchange)
        }

        // 6 AUDIT INTENT: durable before the first byte leaves. No record, no call.
        let recorded: RecordedCall
        let context = exchange.context(toolDigest: offer.definition?.digest, round: call.input.round)
        do throws(AuditError) {
            recorded = try await audit.recordIntent(authorized, context: context)
        } catch {
            return await refusals.denied(.unrecorded(error, spent: authorized.approval?.id), call, exchange)
        }

        // 7 DISPATCH: consumes the proof, so at most once. What the upstream says meanwhile goes to the caller at once.
        let intent = recorded.intent
        let level = exchange.sessionLogLevel
        let stream = CallStream(message, intent, audit, calls, on: line, sessionLogLevel: level)
        let started = clock.now()
        let result = await dispatch(recorded, offer, relaying: stream.relay)
        await listening.note(message, call, result)

        // 8 RESULT FILTER, then 9 AUDIT OUTCOME: durable before the reply leaves.
        let ended = clock.now()
        let ending = Ending(
            result, of: call, grant: authorized.grant.rawValue, answering: message, id: id, intent: intent,
            refusals.errors, rounds, tasks, ended)
        let facts = ending.facts(latency: ended.microseconds - started.microseconds)
        do throws(AuditError) {
            return try await stream.answer(ending.draft, facts, withheld: { refusals.withheld(exchange, intent) })
        } catch {
            return refusals.outcomeUnrecorded(error, exchange, intent: intent)
        }
    }

    /// Decides, and once more with the approval when one is needed and stands. An approval widens nothing: the second
    /// decision must permit by itself.
    private func decide(_ call: ToolCall, _ message: MCPRequest) async -> CallDecision {
        let now = clock.now()
        let first = policy.decide(call, approval: nil, now: now)
        if case .deny(let reason) = first { return .deny(.policy(reason)) }
        // Only now: a caller without a grant must not learn from its headers that the tool exists.
        let offer = await offers.find(call)
        if case .absent = offer { return .deny(.notOffered) }
        do {
            try offer.definition?.parameterHeaders.check(message, arguments: call.arguments)
        } catch {
            return .deny(.headers(error))
        }
        switch first {
        case .permit(let proof): return .permit(proof, offer)
        case .deny(let reason): return .deny(.policy(reason))
        case .approvalRequired(let requirement):
            let fact: ApprovalFact
            switch await approval.fact(for: requirement, call, policy: policy.digest, now: now) {
            case .success(let standing): fact = standing
            case .failure(let refusal): return .deny(refusal)
            }
            guard case .permit(let proof) = policy.decide(call, approval: fact, now: now) else {
                return .deny(.approvalNotAccepted)
            }
            return await approval.use(fact, requirement, for: call, now: now).map { .deny($0) } ?? .permit(proof, offer)
        }
    }

    private func dispatch(
        _ recorded: consuming RecordedCall, _ offer: ToolOffer, relaying relay: CallRelay?
    ) async -> UpstreamResult {
        if let failure = offer.failure { return .failed(failure.beforeTheCall("tools could not be listed")) }
        guard let upstream = upstreams[recorded.call.upstream] else { return .failed(.closed) }
        return await upstream.call(recorded, relaying: relay)
    }
}

/// What stages 4 and 5 give together.
enum CallDecision: Sendable {
    case permit(AuthorizedCall, ToolOffer)
    case deny(CallRefusal)
}
