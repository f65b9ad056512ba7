package import MartletCore

/// One grant as it was written, before the configuration gives its words a meaning.
package struct GrantDeclaration: Sendable {
    package let id: GrantID?
    package let role: RoleName
    /// Nil when the grant leaves it to the upstream that offers the tool.
    package let upstream: UpstreamID?
    package let subject: GrantSubject
    package let scope: [ScopeWord]
    /// Nil in the short form: the end is the day the grant was first seen plus the default lifetime.
    package let expires: UnixTime?
    package let owner: SubjectID?
    package let isClosed: Bool
    package let requiresApproval: Bool
    let approvers: [ScopeWord]?
    let quorum: Int
    let approvalTTL: Seconds?
    let constraints: [DeclaredConstraint]
    package let file: String
    let lines: Lines

    /// Whether only the short form's four members were written.
    package var isShortForm: Bool { expires == nil }
    /// Where the grant begins.
    package var line: Int { lines.start }

    /// A word of the file and its line.
    package struct ScopeWord: Hashable, Sendable {
        package let text: String
        package let line: Int
    }

    /// Where the members stand.
    struct Lines: Sendable {
        let start: Int
        let members: [String: Int]
        func line(of member: String) -> Int { members[member] ?? start }
    }
}

/// A constraint of the full form; an amount may leave its currency's argument to the tool's bindings.
struct DeclaredConstraint: Sendable {
    let path: ArgumentPath
    let rule: Rule
    let line: Int
    /// `constraints/0`
    let source: String

    enum Rule: Sendable {
        case ready(Constraint.Rule)
        case amount(NumberRange, Currency, currencyPath: ArgumentPath?)
    }
}

/// Recognises a grant from one start of the gateway to the next: SHA-256 over its words in one fixed order.
///
/// Moving a grant in its file, or its words, keeps the key; changing what it says makes another grant.
package struct GrantKey: Hashable, Sendable, CustomStringConvertible {
    package let digest: Digest

    /// Reads `sha256:<64 lower-case hex digits>`, the form the store keeps.
    package init?(_ text: String) {
        guard let digest = Digest(text) else { return nil }
        self.digest = digest
    }

    init(digest: Digest) { self.digest = digest }

    package var description: String { digest.description }
}
