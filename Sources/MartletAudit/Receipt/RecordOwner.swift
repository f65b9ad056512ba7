import MartletCore

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

    /// Nil when a name of the caller cannot be had.
    init?(_ principal: Principal, _ names: RecordedNames) {
        guard let agent = names[principal.issuer, principal.agent] else { return nil }
        let user = principal.user.map { names[principal.issuer, $0] }
        if case .some(.none) = user { return nil }
        (self.agent, self.user, issuer) = (agent, user ?? nil, principal.issuer.bounded())
    }

    /// As a record of a release before ADR-0032 names the caller. A name that looks like a pseudonym owns none of them.
    init?(inClear principal: Principal) {
        let names = [principal.agent, principal.user].compactMap(\.?.rawValue)
        guard names.allSatisfy({ Pseudonym($0) == nil }) else { return nil }
        agent = principal.agent.rawValue
        user = principal.user?.rawValue
        issuer = principal.issuer.bounded()
    }
}
