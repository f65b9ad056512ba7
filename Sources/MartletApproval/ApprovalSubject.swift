package import MartletCore
package import MartletPolicy

/// What is asked for, exactly as the approver sees it and as it will run: nothing here changes after the request opened.
package struct ApprovalSubject: Hashable, Sendable {
    package let agent: SubjectID
    package let role: RoleName
    /// The person the agent acts for; nil for an autonomous agent.
    package let user: SubjectID?
    /// Further actors of the delegation chain, innermost first.
    package let actors: [SubjectID]
    package let issuer: String
    package let upstream: UpstreamID
    package let tool: ToolName
    /// The RFC 8785 text of the arguments, with marks in place of what must not be kept; `{}` when the call had none.
    package let arguments: String
    /// Of the arguments as they will be sent.
    package let argumentDigest: Digest
    /// The grant that asks for the approval.
    package let grant: GrantID
    package let policyDigest: Digest

    package init(
        agent: SubjectID, role: RoleName, user: SubjectID?, actors: [SubjectID], issuer: String, upstream: UpstreamID,
        tool: ToolName, arguments: String, argumentDigest: Digest, grant: GrantID, policyDigest: Digest
    ) {
        self.agent = agent
        self.role = role
        self.user = user
        self.actors = actors
        self.issuer = issuer
        self.upstream = upstream
        self.tool = tool
        self.arguments = arguments
        self.argumentDigest = argumentDigest
        self.grant = grant
        self.policyDigest = policyDigest
    }

    /// Whether `person` is on the asking side: the agent, its user, or any actor of the chain.
    ///
    /// Names are compared without regard to ASCII case and to the issuer: two issuers may know one person, and refusing
    /// a stranger of the same name costs a second approver, accepting oneself costs the control.
    package func isAskedFor(by person: SubjectID) -> Bool {
        let asking = [agent, user].compactMap { $0 } + actors
        return asking.contains { folded($0) == folded(person) }
    }

    private func folded(_ name: SubjectID) -> [UInt8] {
        name.rawValue.utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }
}
