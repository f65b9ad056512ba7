import MartletApproval
import MartletAudit
import MartletCore
import MartletPolicy

/// Stage 5: a ticket for exactly this call, or the approval that stands for it.
struct ApprovalStage: Sendable {
    let desk: ApprovalDesk
    let audit: AuditLog

    /// The approval of this call as a fact for the second decision; otherwise why there is none yet.
    func fact(
        for requirement: ApprovalRequirement, _ call: ToolCall, policy: Digest, now: UnixTime
    ) async -> Result<ApprovalFact, CallRefusal> {
        do {
            switch try await desk.standing(for: requirement, call: call, policy: policy, now: now) {
            case .approved(let fact, _): return .success(fact)
            case .denied(let request): return .failure(.approvalDenied(request))
            case .refused(let reason): return .failure(.approvalNotOpened(reason))
            case .pending(let request, let isNew):
                guard isNew else { return .failure(.approvalPending(request)) }
                do {
                    _ = try await audit.recordEvent(.approvalRequested(request, call: call.id))
                } catch {
                    // Nobody may decide a request that is not on record: it ends before anybody saw its ticket.
                    try await desk.withdraw(request)
                    return .failure(.approvalUnavailable)
                }
                return .failure(.approvalPending(request))
            }
        } catch {
            return .failure(.approvalUnavailable)
        }
    }

    /// Uses the approval up, before the intent. A crash in between costs the approval, never a second run.
    func use(
        _ fact: ApprovalFact, _ requirement: ApprovalRequirement, for call: ToolCall, now: UnixTime
    ) async -> CallRefusal? {
        guard let ticket = TicketID(fact.id) else { return .approvalUnavailable }
        do throws(ApprovalError) {
            switch try await desk.consume(
                ticket, by: call.input.attempt ?? call.id, binding: requirement.bindingDigest, now: now)
            {
            case .success: return nil
            case .failure(let refusal): return .approvalNotUsable(refusal)
            }
        } catch {
            return .approvalUnavailable
        }
    }
}
