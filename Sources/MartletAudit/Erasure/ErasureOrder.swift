package import MartletCore

/// What an operator asks to be erased.
package struct ErasureOrder: Hashable, Sendable {
    package var name: SubjectID
    /// Needed when several issuers know the name.
    package var issuer: String?
    /// Nil for all of the subject's keys.
    package var quarter: Quarter?
    package var matter: String
    package var reason: String
    package var by: LocalPeer

    package init(
        name: SubjectID, issuer: String?, quarter: Quarter?, matter: String, reason: String, by: LocalPeer
    ) {
        self.name = name
        self.issuer = issuer
        self.quarter = quarter
        self.matter = matter
        self.reason = reason
        self.by = by
    }
}

/// What a hold is to cover.
package struct HoldOrder: Hashable, Sendable {
    /// Nil for everybody.
    package var name: SubjectID?
    package var issuer: String?
    package var matter: String
    package var by: LocalPeer

    package init(name: SubjectID?, issuer: String?, matter: String, by: LocalPeer) {
        self.name = name
        self.issuer = issuer
        self.matter = matter
        self.by = by
    }
}

/// An erasure that was done, and where that stands.
package struct ErasureReport: Hashable, Sendable {
    package let facts: ErasureFacts
    package let requested: UInt64
    package let executed: UInt64
}
