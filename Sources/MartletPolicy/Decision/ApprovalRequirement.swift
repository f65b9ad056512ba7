package import MartletCore

/// What must be approved, by whom, before a call can be permitted.
///
/// Every live grant of the same role and tool that asks for approval has its say: approvers are those all of them
/// accept, quorum is the largest, time to live the shortest.
package struct ApprovalRequirement: Hashable, Sendable {
    /// The grant that would permit the call.
    package let grant: GrantID
    /// Who may approve, sorted by name; the requester is never among them.
    package let approvers: [SubjectID]
    /// How many different people must approve.
    package let quorum: Int
    /// How long an approval lasts.
    package let ttl: Seconds
    /// What exactly is approved; equal for an identical retry and for nothing else.
    package let bindingDigest: Digest

    package init(grant: GrantID, approvers: [SubjectID], quorum: Int, ttl: Seconds, bindingDigest: Digest) {
        self.grant = grant
        self.approvers = approvers
        self.quorum = quorum
        self.ttl = ttl
        self.bindingDigest = bindingDigest
    }
}

/// An approval as a fact, given to the second decision; policy checks it again, whatever the store says.
package struct ApprovalFact: Hashable, Sendable {
    /// The approval's own name, as its record and its ticket carry it.
    package let id: String
    package let approvers: [SubjectID]
    /// Of the tokens they came with.
    package let issuer: String
    package let grantedAt: UnixTime
    package let expires: UnixTime
    package let bindingDigest: Digest
    /// The index of the record that grants it, in the log that grows.
    package let leaf: UInt64?

    package init(
        id: String, approvers: [SubjectID], issuer: String, grantedAt: UnixTime, expires: UnixTime,
        bindingDigest: Digest, leaf: UInt64? = nil
    ) {
        self.id = id
        self.approvers = approvers
        self.issuer = issuer
        self.grantedAt = grantedAt
        self.expires = expires
        self.bindingDigest = bindingDigest
        self.leaf = leaf
    }
}
