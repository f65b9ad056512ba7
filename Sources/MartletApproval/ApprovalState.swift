package import MartletCore

/// Where a request stands. It starts as `pending` and ends as `denied`, `expired` or `consumed`.
package enum ApprovalState: Hashable, Sendable {
    case pending
    case approved(Ruling)
    case denied(Ruling)
    /// The end came before a decision (no ruling) or before the approved call did.
    case expired(after: Ruling?, at: UnixTime)
    case consumed(Ruling, Consumption)

    /// The stored and printed words. Raw values are wire codes: never renamed or reused.
    package enum Name: String, Hashable, Sendable, CaseIterable {
        case pending
        case approved
        case denied
        case expired
        case consumed
    }

    package var name: Name {
        switch self {
        case .pending: .pending
        case .approved: .approved
        case .denied: .denied
        case .expired: .expired
        case .consumed: .consumed
        }
    }

    package var ruling: Ruling? {
        switch self {
        case .pending: nil
        case .approved(let ruling), .denied(let ruling), .consumed(let ruling, _): ruling
        case .expired(let ruling, _): ruling
        }
    }
}

/// One person's decision, and how that person was known.
package struct Ruling: Hashable, Sendable {
    package let approver: SubjectID
    package let issuer: String
    package let credential: Digest
    package let at: UnixTime

    package init(approver: SubjectID, issuer: String, credential: Digest, at: UnixTime) {
        self.approver = approver
        self.issuer = issuer
        self.credential = credential
        self.at = at
    }

    init(by approver: Approver, at: UnixTime) {
        self.init(approver: approver.subject, issuer: approver.issuer, credential: approver.credential, at: at)
    }
}

/// The single use of an approval.
package struct Consumption: Hashable, Sendable {
    package let call: CallID
    package let at: UnixTime

    package init(call: CallID, at: UnixTime) {
        self.call = call
        self.at = at
    }
}

/// What an approver says.
package enum Verdict: String, Hashable, Sendable, CaseIterable {
    case approve
    case deny
}
