package import MartletCore
package import MartletPolicy

/// The grants and what gives their words a meaning. Keys under `grants`.
package struct GrantSettings: Sendable {
    /// `default_lifetime`: how long a grant of the short form lasts, 1d to 366d. Default 90d.
    package var defaultLifetime: Seconds { terms.defaultLifetime }
    /// `warn_before`: how long before its end a grant is warned of, up to `default_lifetime`. Default 14d.
    package let warnBefore: Seconds
    /// All grants of `files`, as they were written.
    package let declarations: [GrantDeclaration]
    package let terms: GrantTerms

    /// The grants that can be enforced now. Called again when an upstream's list of tools becomes known or changes.
    ///
    /// `firstSeen` are the store's days; keys it does not know come back as `newlySeen`.
    package func compile(
        listed: [UpstreamID: Set<ToolName>], firstSeen: [GrantKey: UnixTime], now: UnixTime
    ) -> CompiledGrants {
        terms.compile(declarations, listed: listed, firstSeen: firstSeen, now: now)
    }
}

/// Who approves. Keys under `approvals`.
package struct ApprovalSettings: Sendable {
    /// `ttl`: how long an approval lasts when its grant does not say it, 1m to 7d. Default 15m.
    package let ttl: Seconds
    package let approvers: [ApproverSettings]
}

/// One person who may approve. Keys of an element of `approvals.approvers`.
package struct ApproverSettings: Hashable, Sendable {
    package let id: SubjectID
    package let roles: Set<RoleName>
    package let issuer: IssuerReference
    /// `subject`: how the issuer calls the person. Default `id`.
    package let subject: SubjectID
}
