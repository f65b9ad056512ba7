package import MartletApproval
package import MartletAudit
package import MartletAuthn
package import MartletCore
import MartletEgress
import MartletJSON
package import MartletMCP
package import MartletPolicy

/// The front door of the enforcement point: one request in, one audited response out.
///
/// Everything it needs is passed in; `martlet` builds the graph by hand.
package final class Gateway: Sendable {
    /// What the gateway is built from.
    package struct Parts: Sendable {
        package var admission: Admission
        package var authenticator: Authenticator
        package var audiences: RouteAudiences
        /// What issuers with an audience of their own put in its place.
        package var audienceOverrides: Set<String>
        package var publicURL: String
        /// The protected resource metadata of each route.
        package var metadata: [Route: ResponseDraft]
        package var policy: PolicyEngine
        package var approvals: ApprovalDesk
        package var audit: AuditLog
        package var upstreams: UpstreamDirectory
        package var sessions: SessionTable
        package var parser: RequestParser
        package var server: Implementation
        package var clock: any GatewayClock
        package var random: any RandomSource
        package var maximumConcurrentCalls: Int
        /// Of the listener; open streams are held below it.
        package var maximumConnections: Int
        package var alarm: Alarm
        package var taskHandles: TaskHandles
        /// Whether a call could be recorded now.
        package var isReady: @Sendable () -> Bool
        /// Reads one record of the published log, with its proof.
        package var proof: @Sendable (UInt64) async -> ProofLookup
        /// Signs the proof of a record in the form of COSE; nil when it cannot.
        package var proofReceipt: @Sendable (ProvenRecord) async -> [UInt8]?

        package init(
            admission: Admission, authenticator: Authenticator, audiences: RouteAudiences,
            audienceOverrides: Set<String>, publicURL: String, metadata: [Route: ResponseDraft],
            policy: PolicyEngine, approvals: ApprovalDesk, audit: AuditLog,
            upstreams: UpstreamDirectory, sessions: SessionTable, parser: RequestParser, server: Implementation,
            clock: any GatewayClock, random: any RandomSource, maximumConcurrentCalls: Int, maximumConnections: Int,
            alarm: Alarm, taskHandles: TaskHandles, isReady: @escaping @Sendable () -> Bool,
            proof: @escaping @Sendable (UInt64) async -> ProofLookup = { _ in .unavailable },
            proofReceipt: @escaping @Sendable (ProvenRecord) async -> [UInt8]? = { _ in nil }
        ) {
            self.admission = admission
            self.authenticator = authenticator
            self.audiences = audiences
            self.audienceOverrides = audienceOverrides
            self.publicURL = publicURL
            self.metadata = metadata
            self.policy = policy
            self.approvals = approvals
            self.audit = audit
            self.upstreams = upstreams
            self.sessions = sessions
            self.parser = parser
            self.server = server
            self.clock = clock
            self.random = random
            self.maximumConcurrentCalls = maximumConcurrentCalls
            self.maximumConnections = maximumConnections
            self.alarm = alarm
            self.taskHandles = taskHandles
            self.isReady = isReady
            self.proof = proof
            self.proofReceipt = proofReceipt
        }
    }

    private let admission: Admission
    private let metadata: [Route: ResponseDraft]
    private let audit: AuditLog
    private let errors: ErrorMapping
    private let refusals: Refusals
    private let pipeline: CallPipeline
    private let streams: StandingStreams
    private let teller: TaskTeller
    private let proofs: ProofDesk
    private let questions: OpenQuestions
    private let parked: ParkedCalls
    private let authenticator: Authenticator
    private let clock: any GatewayClock
    private let isReady: @Sendable () -> Bool

    package init(_ parts: Parts) {
        admission = parts.admission
        metadata = parts.metadata
        audit = parts.audit
        isReady = parts.isReady
        errors = ErrorMapping(publicURL: parts.publicURL, routes: Set(parts.audiences.upstreams.keys.map(\.rawValue)))
        refusals = Refusals(audit: parts.audit, errors: errors)
        let calls = CallsInFlight(capacity: parts.maximumConcurrentCalls)
        let lists = ListPipeline(
            policy: parts.policy, upstreams: parts.upstreams, audit: parts.audit, errors: errors, refusals: refusals,
            clock: parts.clock)
        let rounds = InputRounds(
            states: RequestStates(patience: parts.policy.longestApproval),
            parked: ParkedCalls(patience: ParkedCalls.patience(forApprovals: parts.policy.longestApproval)))
        // While a call waits for its agent it holds a slot: others must find some.
        let questions = OpenQuestions(capacity: max(1, min(256, parts.maximumConcurrentCalls / 4)))
        parts.sessions.watchEnds { [weak questions] in questions?.endSession($0) }
        parts.authenticator.watchRevocations { [weak authenticator = parts.authenticator, weak calls, weak questions] in
            guard let authenticator, let calls else { return }
            for call in calls.cancel(where: { authenticator.isRevoked($0) }) {
                questions?.giveUp(call, .callerRevoked)
            }
        }
        let tasks = TaskRelay(handles: parts.taskHandles)
        let messages = MessagePipeline(
            sessions: parts.sessions, calls: calls, questions: questions, upstreams: parts.upstreams, lists: lists,
            audit: parts.audit, errors: errors, refusals: refusals, server: parts.server)
        streams = StandingStreams(
            limits: StandingStreams.Limits(connections: parts.maximumConnections), policy: parts.policy,
            sessions: parts.sessions, upstreams: parts.upstreams, authenticator: parts.authenticator,
            clock: parts.clock, alarm: parts.alarm)
        teller = TaskTeller(
            policy: parts.policy, audit: parts.audit, errors: errors, clock: parts.clock, random: parts.random)
        let listening = ListenPipeline(
            streams: streams, tasks: tasks, teller: teller, sessions: parts.sessions, upstreams: parts.upstreams,
            policy: parts.policy, audit: parts.audit, refusals: refusals, clock: parts.clock)
        let authentication = Authentication(
            authenticator: parts.authenticator, audiences: parts.audiences, overrides: parts.audienceOverrides)
        let slots = CallSlots(maximum: parts.maximumConcurrentCalls)
        proofs = ProofDesk(
            authentication: authentication, audit: parts.audit, errors: errors, refusals: refusals, slots: slots,
            clock: parts.clock, random: parts.random, look: parts.proof, receipt: parts.proofReceipt)
        pipeline = CallPipeline(
            authentication: authentication,
            intake: Intake(
                protocolStage: ProtocolStage(
                    parser: parts.parser, sessions: parts.sessions, upstreams: parts.upstreams, policy: parts.policy,
                    rounds: rounds, tasks: tasks),
                messages: messages, listening: listening, refusals: refusals),
            decisions: DecisionStage(
                authentication: authentication, policy: parts.policy,
                approval: ApprovalStage(desk: parts.approvals, audit: parts.audit),
                offers: ToolOffers(upstreams: parts.upstreams, refusals: refusals), clock: parts.clock),
            audit: parts.audit, upstreams: parts.upstreams, refusals: refusals,
            slots: slots, calls: calls, rounds: rounds, tasks: tasks,
            asking: SessionAsking(
                questions: questions, rounds: rounds, audit: parts.audit, refusals: refusals, clock: parts.clock,
                random: parts.random),
            clock: parts.clock, random: parts.random)
        (self.questions, parked, clock) = (questions, rounds.parked, parts.clock)
        authenticator = parts.authenticator
    }

    /// Answers one well-framed request; `line` is the way back to its sender for what comes before the answer.
    package func answer(_ request: InboundRequest, on line: AgentLine?) async -> AuditedResponse {
        let route = Route(path: request.path)
        if let refusal = admission.refusal(of: request) {
            return await refusals.turnedAway(
                reason: refusal.rawValue, draft: errors.draft(refusal), source: request.source, route: route,
                method: request.method)
        }
        switch route {
        case .mcp, .aggregate: return await pipeline.answer(request, route: route, on: line)
        case .resourceMetadata(let name): return await answerMetadata(name, request, route)
        case .health where request.method == "GET":
            return audit.unrecorded(.health, answering: errors.json(200, Array(#"{"status":"ok"}"#.utf8)))
        case .readiness where request.method == "GET": return readiness()
        case .proof(let index): return await proofs.answer(index, request, route: route)
        case .unknown, .health, .readiness:
            return await refusals.turnedAway(
                reason: "unknown_route", draft: errors.plain(404, "Not found"), source: request.source, route: route,
                method: request.method)
        }
    }

    /// Tells on standing streams how tasks stand; runs until it is cancelled.
    package func tellTasks() async { await teller.run() }

    /// Ends the standing streams in order; no new one is opened afterwards.
    package func endStreams() { streams.close() }

    /// Gives up what nobody has answered in time. To be called about once a second.
    package func expireQuestions() async {
        let now = clock.now()
        questions.expire(now: now)
        await abandon(parked.expired(at: now), .expired)
        await abandon(parked.take { authenticator.isRevoked($0) }, .callerRevoked)
    }

    /// Gives up whatever waits for an agent; before the upstreams are closed.
    package func closeQuestions() async {
        questions.endAll()
        await abandon(parked.expired(at: nil), .cancelled)
    }

    private func abandon(_ calls: [ParkedCalls.Parked], _ why: Unanswered) async {
        for call in calls {
            call.held.giveUp()
            await refusals.abandoned(call, why)
        }
    }

    /// Answers a request whose framing was refused; its content was not looked at.
    package func refuse(reason: String, status: Int, source: String) async -> AuditedResponse {
        await refusals.turnedAway(
            reason: reason, draft: errors.plain(status, "The request is not accepted: \(reason)"), source: source,
            route: .unknown, method: "")
    }

    private func answerMetadata(
        _ name: String?, _ request: InboundRequest, _ route: Route
    ) async -> AuditedResponse {
        guard request.method == "GET", let draft = metadata[name.map { Route.mcp(name: $0) } ?? .aggregate] else {
            return await refusals.turnedAway(
                reason: "unknown_route", draft: errors.plain(404, "Not found"), source: request.source, route: route,
                method: request.method)
        }
        return audit.unrecorded(.metadata, answering: draft)
    }

    /// Ready means: a call could be recorded now.
    private func readiness() -> AuditedResponse {
        let isReady = isReady()
        let body = isReady ? #"{"status":"ready"}"# : #"{"status":"audit log not writable"}"#
        return audit.unrecorded(.health, answering: errors.json(isReady ? 200 : 503, Array(body.utf8)))
    }
}
