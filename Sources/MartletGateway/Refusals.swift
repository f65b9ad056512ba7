import MartletApproval
import MartletAudit
import MartletAuthn
import MartletCore
import MartletEgress
import MartletMCP
import MartletPolicy

/// Why a well-formed call does not run. A normal answer, not an error.
enum CallRefusal: Error, Sendable {
    case policy(DenialReason)
    /// The caller's credential was revoked, or has expired, since it was accepted.
    case lapsed(AuthenticationFailure)
    /// The upstream offers no such tool, or not one that may be called.
    case notOffered
    /// An `Mcp-Param-*` header and its argument differ.
    case headers(ProtocolError)
    case approvalPending(ApprovalRequest)
    case approvalDenied(ApprovalRequest)
    case approvalNotOpened(OpeningRefusal)
    case approvalNotUsable(ApprovalRefusal)
    /// The approval stands, and policy says no all the same.
    case approvalNotAccepted
    /// The store of approvals did not answer.
    case approvalUnavailable
    /// The intent could not be recorded; an approval that was used up for it is named.
    case unrecorded(AuditError, spent: String?)
}

/// Records every request that is not let through, and answers it. The denial stands whatever happens to its record.
struct Refusals: Sendable {
    let audit: AuditLog
    let errors: ErrorMapping

    func unauthenticated(_ failure: AuthenticationFailure, _ exchange: Exchange) async -> AuditedResponse {
        let facts = AuthenticationFailureFacts(
            reason: failure.rawValue, source: exchange.inbound.source, route: errors.label(of: exchange.route),
            method: HTTPMethodName.known(exchange.inbound.method))
        return await audit.recordAuthenticationFailure(
            facts, answering: errors.draft(failure, route: exchange.route))
    }

    /// A request turned away at the door or by its framing, before anybody was asked who it is from.
    func turnedAway(
        reason: String, draft: ResponseDraft, source: String, route: Route, method: String
    ) async -> AuditedResponse {
        let facts = AuthenticationFailureFacts(
            reason: reason, source: source, route: errors.label(of: route), method: HTTPMethodName.known(method))
        return await audit.recordAuthenticationFailure(facts, answering: draft)
    }

    /// An authenticated request above the bound: refused, not queued.
    func tooMany(_ exchange: Exchange) async -> AuditedResponse {
        let facts = DenialFacts(
            call: exchange.id, stage: .quota, reason: "too_many_calls", method: exchange.method,
            principal: exchange.principal, context: exchange.context())
        return await audit.recordDenial(facts, answering: errors.tooMany())
    }

    /// A caller with as many standing streams as it may have, or a gateway with no place for one more.
    func tooManyStreams(_ exchange: Exchange) async -> AuditedResponse {
        let facts = DenialFacts(
            call: exchange.id, stage: .quota, reason: "too_many_streams", method: exchange.method,
            principal: exchange.principal, upstream: exchange.upstream, context: exchange.context())
        return await audit.recordDenial(facts, answering: errors.tooManyStreams(exchange))
    }

    /// A subscription to nothing but resources that the caller may not see: they do not exist.
    func notGranted(resource uri: String, _ message: MCPRequest, _ exchange: Exchange) async -> AuditedResponse {
        let facts = DenialFacts(
            call: exchange.id, stage: .grant, reason: DenialReason.noGrant.rawValue, method: exchange.method,
            principal: exchange.principal, upstream: exchange.upstream, bodyDigest: message.bodyDigest,
            context: exchange.context())
        let error = ProtocolError.resourceNotFound(uri, era: message.era, id: message.id)
        return await audit.recordDenial(facts, answering: errors.json(error.httpStatus, error.body()))
    }

    func malformed(_ refusal: ProtocolRefusal, _ exchange: Exchange) async -> AuditedResponse {
        let facts = DenialFacts(
            call: exchange.id, stage: .protocol, reason: refusal.reason, method: exchange.method,
            principal: exchange.principal, upstream: exchange.upstream, bodyDigest: exchange.message?.bodyDigest,
            context: exchange.context())
        return await audit.recordDenial(facts, answering: errors.draft(refusal, exchange))
    }

    /// A later round whose state was used by another request while this one was decided; `spent` is the approval that
    /// it has used up already.
    func staleState(_ message: MCPRequest, _ call: ToolCall, spent: String?, _ exchange: Exchange) async
        -> AuditedResponse
    {
        let refusal = ProtocolRefusal.malformed(.invalidRequestState(era: message.era, id: message.id))
        let facts = DenialFacts(
            call, stage: .protocol, reason: refusal.reason, approval: spent,
            context: exchange.context(round: call.input.round))
        return await audit.recordDenial(facts, answering: errors.draft(refusal, exchange))
    }

    func denied(_ refusal: CallRefusal, _ call: ToolCall, _ exchange: Exchange) async -> AuditedResponse {
        let facts = DenialFacts(
            call, stage: refusal.stage, reason: refusal.reason, approval: refusal.ticket,
            context: exchange.context(round: call.input.round))
        return await audit.recordDenial(facts, answering: errors.draft(refusal, call, exchange))
    }

    /// A round that began with a question, and got no answer: nothing of it was sent.
    func unanswered(
        _ why: Unanswered, _ call: ToolCall, _ message: MCPRequest, _ exchange: Exchange
    ) async -> AuditedResponse {
        let context = exchange.context(round: call.input.round + 1)
        let facts = DenialFacts(call, stage: .protocol, reason: why.rawValue, context: context)
        return await audit.recordDenial(facts, answering: errors.unanswered(why, call, message))
    }

    /// A call that waited for an agent which did not come back in time; there is nobody to answer.
    func abandoned(_ parked: ParkedCalls.Parked, _ why: Unanswered) async {
        let facts = DenialFacts(parked.call, stage: .protocol, reason: why.rawValue, context: parked.context)
        _ = await audit.recordDenial(facts, answering: ResponseDraft(status: 0))
    }

    func listUnavailable(_ failure: UpstreamFailure, _ exchange: Exchange) async -> AuditedResponse {
        await unanswered(CallOutcome(failure), exchange, errors.listUnavailable(exchange))
    }

    /// The upstream says no to a list, most often because it has nothing of the kind.
    func listRefused(code: Int, _ message: MCPRequest, _ exchange: Exchange) async -> AuditedResponse {
        let draft =
            code == ErrorCode.methodNotFound ? errors.methodNotFound(message) : errors.listUnavailable(exchange)
        return await unanswered(.protocolError(code: code), exchange, draft)
    }

    private func unanswered(
        _ outcome: CallOutcome, _ exchange: Exchange, _ draft: ResponseDraft
    ) async -> AuditedResponse {
        let facts = DenialFacts(
            call: exchange.id, stage: .protocol, reason: outcome.wireName, method: exchange.method,
            principal: exchange.principal, upstream: exchange.upstream, bodyDigest: exchange.message?.bodyDigest,
            context: exchange.context())
        return await audit.recordDenial(facts, answering: draft)
    }

    /// A proof of a record that is not the caller's, or that never was: nobody can tell which.
    func noSuchRecord(_ exchange: Exchange) async -> AuditedResponse {
        let facts = DenialFacts(
            call: exchange.id, stage: .grant, reason: "no_such_record", method: "audit/proof",
            principal: exchange.principal, context: exchange.context())
        return await audit.recordDenial(facts, answering: errors.plain(404, "Not found"))
    }

    /// An answer whose own record could not be written: the log counts the gap, the caller gets 503.
    func notRecorded(_ exchange: Exchange) async -> AuditedResponse {
        let facts = DenialFacts(
            call: exchange.id, stage: .audit, reason: "audit_unavailable", method: exchange.method,
            principal: exchange.principal, upstream: exchange.upstream, context: exchange.context())
        return await audit.recordDenial(facts, answering: errors.notRecorded(exchange))
    }

    /// Records something beside the path that must not stop it; the log counts what it cannot write.
    func note(_ event: GatewayEvent) async {
        await audit.note(event)
    }

    /// A definition that changed since it was last seen is on record; quarantine is a later issue's rule.
    func note(_ drifts: [Drift], on upstream: UpstreamID) async {
        for drift in drifts {
            await note(.toolDrift(upstream, drift.tool, old: drift.old, new: drift.new))
        }
    }

    /// The call ran, but its outcome could not be recorded: the answer is withheld and the intent stays open, so that
    /// recovery reports it as in doubt.
    func outcomeUnrecorded(
        _ error: AuditError, _ exchange: Exchange, intent: IntentReceipt
    ) -> AuditedResponse {
        audit.withhold(resultOf: intent, because: error, answering: withheld(exchange, intent))
    }

    func withheld(_ exchange: Exchange, _ intent: IntentReceipt) -> ResponseDraft {
        errors.withheld(exchange, intent: intent)
    }
}

extension ProtocolRefusal {
    var reason: String {
        switch self {
        case .malformed(let error): error.kind.rawValue
        case .unknownRoute: "unknown_route"
        case .methodNotAllowed: "method_not_allowed"
        }
    }
}

extension CallRefusal {
    /// The wire code of the reason: in the record and in the envelope of the answer.
    var reason: String {
        switch self {
        case .policy(let reason): reason.rawValue
        case .lapsed(let failure): "credential_" + failure.rawValue
        case .notOffered: "not_offered"
        case .headers(let error): error.kind.rawValue
        case .approvalPending: "approval_required"
        case .approvalDenied: "approval_denied"
        case .approvalNotOpened(let reason): reason.rawValue
        case .approvalNotUsable(let refusal): "approval_" + refusal.rawValue
        case .approvalNotAccepted: "approval_not_accepted"
        case .approvalUnavailable: "approval_unavailable"
        case .unrecorded: "audit_unavailable"
        }
    }

    var stage: DenialStage {
        switch self {
        case .policy(let reason) where reason == .noGrant || reason == .grantExpired: .grant
        case .policy(.policyUnmet), .policy(.policyForbids), .policy(.policyHides), .policy(.policyError): .policy
        case .policy: .arguments
        case .lapsed: .authentication
        case .notOffered: .grant
        case .headers: .protocol
        case .approvalPending, .approvalDenied, .approvalNotOpened, .approvalNotUsable, .approvalNotAccepted,
            .approvalUnavailable:
            .approval
        case .unrecorded: .audit
        }
    }

    var ticket: String? {
        switch self {
        case .approvalPending(let request), .approvalDenied(let request): request.ticket.rawValue
        case .unrecorded(_, let spent): spent
        case .policy, .lapsed, .notOffered, .headers, .approvalNotOpened, .approvalNotUsable, .approvalNotAccepted,
            .approvalUnavailable:
            nil
        }
    }
}

/// The HTTP methods that are named in records; a stranger's own word is not.
enum HTTPMethodName {
    static func known(_ method: String) -> String {
        switch method {
        case "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT": method
        default: "other"
        }
    }
}
