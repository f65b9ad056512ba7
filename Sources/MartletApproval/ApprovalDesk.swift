package import MartletCore
import MartletJSON
package import MartletPolicy

/// The counter where calls that need a person's yes ask, wait and are used up. What the pipeline and the approvers call.
///
/// One approval runs one call once: `consume` comes before the intent record, so a crash between the two costs the
/// approval, never a second run. If the store cannot answer, every function throws and the call is denied.
package struct ApprovalDesk: Sendable {
    let store: any ApprovalStore
    private let random: any RandomSource
    private let limits: PendingLimits
    /// Longest canonical arguments that may be put before a person, in bytes. Default 256 KiB.
    private let maximumArgumentBytes: Int
    private let redactor: Redactor

    package init(
        store: any ApprovalStore, random: any RandomSource = SystemRandomSource(),
        limits: PendingLimits = PendingLimits(), maximumArgumentBytes: Int = 262_144, redactor: Redactor = Redactor()
    ) {
        self.redactor = redactor
        self.store = store
        self.random = random
        self.limits = limits
        self.maximumArgumentBytes = maximumArgumentBytes
    }

    /// Says how `call` stands, and opens a ticket when none stands for exactly this call.
    ///
    /// `policy` is the digest of the policy that asked. An identical retry finds the same ticket; a used, expired or
    /// no longer valid one does not stand, so the next identical call opens a new one.
    package func standing(
        for requirement: ApprovalRequirement, call: ToolCall, policy: Digest, now: UnixTime
    ) async throws(ApprovalError) -> Standing {
        guard requirement.quorum <= 1 else { throw .quorumNotSupported(requirement.quorum) }
        let arguments = try canonicalArguments(of: call)
        guard arguments.count <= maximumArgumentBytes else { return .refused(.argumentsTooLong) }
        guard let tool = call.subject.tool else { throw .notATool }
        let subject = ApprovalSubject(
            call, tool, arguments: shown(arguments, of: call), grant: requirement.grant, policy: policy)
        guard requirement.approvers.contains(where: { !subject.isAskedFor(by: $0) }) else {
            return .refused(.noApprover)
        }
        let proposal = ApprovalRequest(
            ticket: TicketID(random: random), binding: requirement.bindingDigest, subject: subject,
            approvers: Set(requirement.approvers), opened: now, expires: now.advanced(by: requirement.ttl))
        return try await open(proposal, now: now)
    }

    /// Uses the approval for this one call. Only `.success` allows the call to go on; a later attempt, of whatever call,
    /// gets `.alreadyConsumed`.
    package func consume(
        _ ticket: TicketID, by call: CallID, binding: Digest, now: UnixTime
    ) async throws(ApprovalError) -> Result<ApprovalRequest, ApprovalRefusal> {
        try await apply(.consume(call, binding: binding, at: now), to: ticket)
    }

    private func open(_ proposal: ApprovalRequest, now: UnixTime) async throws(ApprovalError) -> Standing {
        switch try await opening(of: proposal) {
        case .full: return .refused(.tooManyPending)
        case .opened(let request): return .pending(request, isNew: true)
        case .found(let request):
            guard request.binding == proposal.binding, request.subject.isSameCall(as: proposal.subject) else {
                throw .otherCall
            }
            return try standing(of: request, now: now)
        }
    }

    private func standing(of request: ApprovalRequest, now: UnixTime) throws(ApprovalError) -> Standing {
        switch request.state {
        case .pending: return .pending(request, isNew: false)
        case .denied: return .denied(request)
        // Decided, but the record of it is not durable: for the caller it is not decided yet.
        case .approved where request.leaf == nil: return .pending(request, isNew: false)
        case .approved(let ruling): return .approved(request.fact(of: ruling), request.ticket)
        case .expired, .consumed: throw .otherCall
        }
    }

    private func opening(of proposal: ApprovalRequest) async throws(ApprovalError) -> Opening {
        do {
            return try await store.openOrFind(proposal, limits: limits)
        } catch {
            throw .store(error)
        }
    }

    func apply(
        _ transition: ApprovalTransition, to ticket: TicketID
    ) async throws(ApprovalError) -> Result<ApprovalRequest, ApprovalRefusal> {
        do {
            return try await store.apply(transition, to: ticket)
        } catch {
            throw .store(error)
        }
    }

    /// What is kept for the approver: the arguments without what must not be kept. The digest is still that of all of them.
    private func shown(_ arguments: [UInt8], of call: ToolCall) -> [UInt8] {
        guard let decided = call.decided else { return arguments }
        let kept = redactor.arguments(decided, of: call.upstream, tool: call.subject.tool)
        guard !kept.marks.isEmpty else { return arguments }
        do { return try kept.value.canonical() } catch { return kept.value.serialized() }
    }

    // The digest is checked again, so that what a person reads is what the call will send.
    private func canonicalArguments(of call: ToolCall) throws(ApprovalError) -> [UInt8] {
        guard let arguments = call.decided else {
            let none = Array("{}".utf8)
            guard Digest(of: none) == call.argumentDigest else { throw .argumentsUnreadable }
            return none
        }
        do {
            let bytes = try arguments.canonical()
            guard Digest(of: bytes) == call.argumentDigest else { throw ApprovalError.argumentsUnreadable }
            return bytes
        } catch {
            throw .argumentsUnreadable
        }
    }
}

extension ApprovalRequest {
    func fact(of ruling: Ruling) -> ApprovalFact {
        ApprovalFact(
            id: ticket.rawValue, approvers: [ruling.approver], issuer: ruling.issuer, grantedAt: ruling.at,
            expires: expires, bindingDigest: binding, leaf: leaf)
    }
}

extension ApprovalSubject {
    init(_ call: ToolCall, _ tool: ToolName, arguments: [UInt8], grant: GrantID, policy: Digest) {
        self.init(
            agent: call.principal.agent, role: call.principal.role, user: call.principal.user,
            actors: call.principal.actors, issuer: call.principal.issuer, upstream: call.upstream, tool: tool,
            arguments: String(decoding: arguments, as: UTF8.self), argumentDigest: call.argumentDigest, grant: grant,
            policyDigest: policy)
    }

    // The grant is left out: it may differ between two live grants of one policy, the call may not.
    func isSameCall(as other: ApprovalSubject) -> Bool {
        agent == other.agent && role == other.role && user == other.user && actors == other.actors
            && issuer == other.issuer && upstream == other.upstream && tool == other.tool
            && argumentDigest == other.argumentDigest && policyDigest == other.policyDigest
    }
}
