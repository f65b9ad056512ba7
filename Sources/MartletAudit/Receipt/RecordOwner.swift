package import MartletCore

/// Whose record it is: the caller that was verified when it was written.
///
/// Agent, person and issuer; not the credential, for a caller comes back with another token.
package struct RecordOwner: Hashable, Sendable {
    private let agent: String
    private let user: String?
    private let issuer: String

    /// nil for a record that names no verified caller. An outcome does not: its intent does (`TimelineEntry.intent`).
    package init?(_ record: TimelineEntry) {
        guard let agent = record.text("verified", "agent"), let issuer = record.text("verified", "iss") else {
            return nil
        }
        (self.agent, self.issuer) = (agent, issuer)
        user = record.text("verified", "user")
    }

    package init(_ principal: Principal) {
        agent = principal.agent.rawValue
        user = principal.user?.rawValue
        issuer = principal.issuer.bounded()
    }
}
