package import MartletPolicy

/// How a call that needs approval stands. Only `approved` can lead to a second decision; all else runs nothing.
package enum Standing: Hashable, Sendable {
    /// Approved and recorded. The fact goes to the second decision, the ticket to `ApprovalDesk.consume`.
    case approved(ApprovalFact, TicketID)
    /// Waits for a person. `isNew` when this call opened it: then the request has to be recorded and announced.
    case pending(ApprovalRequest, isNew: Bool)
    /// Somebody said no. It stays no for this exact call until the request's end.
    case denied(ApprovalRequest)
    /// No ticket was opened.
    case refused(OpeningRefusal)
}

/// Why no ticket was opened. Raw values are wire codes: never renamed or reused.
package enum OpeningRefusal: String, Error, Hashable, Sendable, CaseIterable {
    /// Too many requests of this agent, or of all agents, wait for a decision.
    case tooManyPending = "approval_too_many_pending"
    /// The arguments are longer than a person can be asked to read.
    case argumentsTooLong = "approval_arguments_too_long"
    /// Nobody but the requester may approve this call.
    case noApprover = "approval_no_approver"
}

/// Why the desk cannot say how a call stands. Every case denies.
package enum ApprovalError: Error, Hashable, Sendable {
    case store(ApprovalStoreError)
    /// The arguments have no canonical form, or not the one that the call's digest names.
    case argumentsUnreadable
    /// The requirement asks for more than one approver; this release knows one.
    case quorumNotSupported(Int)
    /// Only calls of tools can be approved.
    case notATool
    /// The store answered with a request that is not for this call.
    case otherCall
    /// The ruling is stored, its record is not: nothing can use it until `ApprovalDesk.settle` has recorded it.
    case notRecorded(TicketID)
}
