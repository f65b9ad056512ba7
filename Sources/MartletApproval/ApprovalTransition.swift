package import MartletCore

/// One change of a request. A value, so that a store can apply it inside its own transaction.
package enum ApprovalTransition: Hashable, Sendable {
    case rule(Verdict, Approver, at: UnixTime)
    /// Uses the approval for one call, whose binding must be the request's.
    case consume(CallID, binding: Digest, at: UnixTime)
    case expire(at: UnixTime)
    /// The record of the named state is durable under this leaf index.
    case recorded(ApprovalState.Name, leaf: UInt64)
}

/// Why a change was refused. Raw values are wire codes: never renamed or reused.
package enum ApprovalRefusal: String, Error, Hashable, Sendable, CaseIterable {
    case unknownTicket = "unknown_ticket"
    case selfApproval = "self_approval"
    case approverNotAllowed = "approver_not_allowed"
    case notDecided = "not_decided"
    /// Approved, but the record of the ruling is not durable yet.
    case notRecorded = "not_recorded"
    case alreadyApproved = "already_approved"
    case alreadyDenied = "already_denied"
    case alreadyConsumed = "already_consumed"
    case expired
    case notDue = "not_due"
    case otherCall = "other_call"
    case alreadyRecorded = "already_recorded"
    case nothingToRecord = "nothing_to_record"
}

extension ApprovalRequest {
    /// Applies `transition`, or says why not and leaves the request as it was.
    package mutating func apply(_ transition: ApprovalTransition) throws(ApprovalRefusal) {
        switch transition {
        case .rule(let verdict, let approver, let now): try rule(verdict, approver, now)
        case .consume(let call, let binding, let now): try consume(call, binding, now)
        case .expire(let now): try expire(now)
        case .recorded(let name, let leaf): try record(name, leaf)
        }
    }

    /// Applies `transition` and returns nil, or returns why not; for stores, which answer with the refusal.
    package mutating func refusal(of transition: ApprovalTransition) -> ApprovalRefusal? {
        do {
            try apply(transition)
            return nil
        } catch {
            return error
        }
    }

    // The right to decide comes first: a stranger does not even learn whether the request is still open.
    private mutating func rule(_ verdict: Verdict, _ approver: Approver, _ now: UnixTime) throws(ApprovalRefusal) {
        guard !subject.isAskedFor(by: approver.subject) else { throw .selfApproval }
        guard approvers.contains(approver.subject) else { throw .approverNotAllowed }
        switch state {
        case .pending: break
        case .approved: throw .alreadyApproved
        case .denied: throw .alreadyDenied
        case .expired: throw .expired
        case .consumed: throw .alreadyConsumed
        }
        guard now < expires else { throw .expired }
        let ruling = Ruling(by: approver, at: now)
        switch verdict {
        case .approve: enter(.approved(ruling))
        case .deny: enter(.denied(ruling))
        }
    }

    private mutating func consume(_ call: CallID, _ binding: Digest, _ now: UnixTime) throws(ApprovalRefusal) {
        guard binding == self.binding else { throw .otherCall }
        switch state {
        case .pending: throw now < expires ? .notDecided : .expired
        case .denied: throw .alreadyDenied
        case .expired: throw .expired
        case .consumed: throw .alreadyConsumed
        case .approved(let ruling):
            guard now < expires else { throw .expired }
            guard leaf != nil else { throw .notRecorded }
            use(ruling, Consumption(call: call, at: now))
        }
    }

    private mutating func expire(_ now: UnixTime) throws(ApprovalRefusal) {
        switch state {
        case .pending, .approved:
            guard now >= expires else { throw .notDue }
            enter(.expired(after: state.ruling, at: now))
        case .denied: throw .alreadyDenied
        case .expired: throw .expired
        case .consumed: throw .alreadyConsumed
        }
    }

    // A record that names another state came too late (an approval that expired while it was being recorded).
    private mutating func record(_ name: ApprovalState.Name, _ leaf: UInt64) throws(ApprovalRefusal) {
        guard name == state.name, state != .pending else { throw .nothingToRecord }
        guard self.leaf == nil else { throw .alreadyRecorded }
        keep(leaf: leaf)
    }
}
