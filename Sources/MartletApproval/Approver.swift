package import MartletCore

/// A person who was authenticated as one of the configured approvers.
///
/// The identity is verified before the value is made, and the credential is kept by digest: a ruling must say who
/// decided and how that was known, not only a name.
package struct Approver: Hashable, Sendable {
    package let subject: SubjectID
    package let issuer: String
    /// SHA-256 of the token or certificate that proved the identity.
    package let credential: Digest

    package init(subject: SubjectID, issuer: String, credential: Digest) {
        self.subject = subject
        self.issuer = issuer
        self.credential = credential
    }
}
