package import MartletCore

/// The name of one grant, as records carry it.
package struct GrantID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: String

    /// 1 to 256 bytes of `[A-Za-z0-9_.-]`.
    package init?(_ rawValue: String) {
        guard (1...256).contains(rawValue.utf8.count), rawValue.utf8.allSatisfy(Self.isAllowed) else { return nil }
        self.rawValue = rawValue
    }

    /// Joins names that are made of the same bytes.
    init(unchecked rawValue: String) { self.rawValue = rawValue }

    package var description: String { rawValue }
    package static func < (left: GrantID, right: GrantID) -> Bool { left.rawValue < right.rawValue }

    static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

/// What a grant is for: one role, one thing of one upstream (or the resources below one prefix).
package struct GrantTarget: Hashable, Sendable {
    package let role: RoleName
    package let upstream: UpstreamID
    package let subject: GrantSubject

    package init(role: RoleName, upstream: UpstreamID, subject: GrantSubject) {
        self.role = role
        self.upstream = upstream
        self.subject = subject
    }

    package init(role: RoleName, upstream: UpstreamID, tool: ToolName) {
        self.init(role: role, upstream: upstream, subject: .tool(tool))
    }
}

/// One delegated right, ready to be enforced: scope words are constraints, the end is a moment, the upstream is known.
package struct Grant: Hashable, Sendable {
    package let id: GrantID
    package let target: GrantTarget
    /// The first moment at which the grant no longer holds.
    package let expires: UnixTime
    package let owner: SubjectID?
    /// All of them must hold.
    package let constraints: [Constraint]
    /// Whether arguments that stand in no constraint are refused.
    package let isClosed: Bool
    /// Present when a person must approve.
    package let approval: ApprovalRule?

    package init(
        id: GrantID, target: GrantTarget, expires: UnixTime, owner: SubjectID?, constraints: [Constraint],
        isClosed: Bool, approval: ApprovalRule?
    ) {
        self.id = id
        self.target = target
        self.expires = expires
        self.owner = owner
        self.constraints = constraints
        self.isClosed = isClosed
        self.approval = approval
    }
}

/// Who must approve the calls of a grant, and for how long an approval lasts.
package struct ApprovalRule: Hashable, Sendable {
    package let approvers: Set<SubjectID>
    package let quorum: Int
    package let ttl: Seconds

    package init(approvers: Set<SubjectID>, quorum: Int, ttl: Seconds) {
        self.approvers = approvers
        self.quorum = quorum
        self.ttl = ttl
    }
}
