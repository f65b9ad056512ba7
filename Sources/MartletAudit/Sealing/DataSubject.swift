import MartletApproval
package import MartletCore

/// Whose values are sealed: the person an agent acts for where there is one, else the agent.
///
/// Names of two issuers are two subjects, also when they are equal.
package struct DataSubject: Hashable, Sendable {
    package let issuer: String
    /// Nil for whoever was not authenticated.
    package let name: SubjectID?

    package init(issuer: String, name: SubjectID) {
        self.issuer = issuer
        self.name = name
    }

    private init() {
        issuer = ""
        name = nil
    }

    /// All callers without a valid credential; what a record of them seals are digests of what they sent.
    package static let nobody = DataSubject()

    init(_ principal: Principal) { self.init(issuer: principal.issuer, name: principal.user ?? principal.agent) }
    init(_ subject: ApprovalSubject) { self.init(issuer: subject.issuer, name: subject.user ?? subject.agent) }
}
