package import MartletCore

/// One request for a person's yes or no to one exact call: what is asked, who may decide, until when, and its state.
///
/// A value; the rules are in `apply(_:)`. Stores keep it and make each change atomic, they do not know the rules.
package struct ApprovalRequest: Hashable, Sendable {
    package let ticket: TicketID
    /// SHA-256 over caller, upstream, tool, arguments and policy: the call this request is for, and no other.
    package let binding: Digest
    package let subject: ApprovalSubject
    /// Who may decide; nobody else may, and the requester may not even when named here.
    package let approvers: Set<SubjectID>
    package let opened: UnixTime
    /// The first moment at which the request can neither be decided nor used. Deciding does not move it.
    package let expires: UnixTime
    package private(set) var state: ApprovalState
    /// Index of the audit leaf that records the decision or expiry of `state`; nil until that record is durable.
    ///
    /// An approval without it cannot be used. A consumed request keeps the leaf of its ruling, the use itself is
    /// inside the call's intent record. Source: docs/request-path.md, "Order of durability".
    package private(set) var leaf: UInt64?

    /// Opens a request: pending, not recorded.
    package init(
        ticket: TicketID, binding: Digest, subject: ApprovalSubject, approvers: Set<SubjectID>, opened: UnixTime,
        expires: UnixTime
    ) {
        self.init(
            ticket: ticket, binding: binding, subject: subject, approvers: approvers, opened: opened,
            expires: expires, state: .pending, leaf: nil)
    }

    /// Brings a stored request back; only for stores.
    package init(
        ticket: TicketID, binding: Digest, subject: ApprovalSubject, approvers: Set<SubjectID>, opened: UnixTime,
        expires: UnixTime, state: ApprovalState, leaf: UInt64?
    ) {
        self.ticket = ticket
        self.binding = binding
        self.subject = subject
        self.approvers = approvers
        self.opened = opened
        self.expires = expires
        self.state = state
        self.leaf = leaf
    }

    /// Whether the request still answers for its call at `now`: waiting, approved or denied, and not over.
    package func stands(at now: UnixTime) -> Bool {
        guard now < expires else { return false }
        switch state {
        case .pending, .approved, .denied: return true
        case .expired, .consumed: return false
        }
    }

    /// Whether the end has come and is not written down yet.
    package func isDue(at now: UnixTime) -> Bool {
        guard now >= expires else { return false }
        switch state {
        case .pending, .approved: return true
        case .denied, .expired, .consumed: return false
        }
    }

    /// Whether a decision or expiry still waits for its audit record.
    package var isUnrecorded: Bool { state != .pending && leaf == nil }

    mutating func enter(_ state: ApprovalState) {
        self.state = state
        leaf = nil
    }

    mutating func use(_ ruling: Ruling, _ consumption: Consumption) {
        state = .consumed(ruling, consumption)
    }

    mutating func keep(leaf: UInt64) {
        self.leaf = leaf
    }
}
