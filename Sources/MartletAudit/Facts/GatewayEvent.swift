package import MartletCore

/// Something that happened beside the calls and belongs to the evidence.
package enum GatewayEvent: Sendable {
    case logOpened(LogOpening)
    /// The gateway stops in an orderly way; the value counts the calls whose outcome is still missing.
    case logClosed(reason: String)
    /// Bytes at the end of the log that were never acknowledged and were set aside at start.
    case tailRecovered(bytes: Int, file: String)
    case configurationChanged(old: Digest?, new: Digest, file: String)
    case approvalRequested(ApprovalEvent)
    case approvalGranted(ApprovalEvent, by: ApproverFacts)
    case approvalDenied(ApprovalEvent, by: ApproverFacts)
    case approvalExpired(ApprovalEvent)
    case credentialIssued(CredentialEvent)
    case credentialRevoked(CredentialEvent, reason: String)
    case sessionOpened(SessionEvent)
    case sessionClosed(SessionEvent, reason: String)
    case upstreamRestarted(UpstreamID, reason: String)
    case toolDrift(UpstreamID, ToolName, old: Digest?, new: Digest?)
    case grantFirstSeen(grant: String, expires: UnixTime)
    case grantExpiring(grant: String, expires: UnixTime)
}

/// What the gateway found when it opened the log.
package struct LogOpening: Sendable, Hashable {
    package var version: String
    /// Records found, and the root of the tree over them.
    package var previousSize: UInt64
    package var previousRoot: Digest?
    package var bootID: String?

    package init(version: String, previousSize: UInt64, previousRoot: Digest?, bootID: String? = nil) {
        self.version = version
        self.previousSize = previousSize
        self.previousRoot = previousRoot
        self.bootID = bootID
    }
}

/// One approval, as its four events name it.
package struct ApprovalEvent: Sendable, Hashable {
    package var id: String
    /// The call that asked; nil when it is no longer known.
    package var call: CallID?
    package var requester: Principal
    package var upstream: UpstreamID
    package var tool: ToolName
    package var grant: String
    package var policyDigest: Digest
    /// Digest of principal, upstream, tool, arguments and policy. The record commits to it; it never shows it.
    package var bindingDigest: Digest
    package var expires: UnixTime

    package init(
        id: String, call: CallID?, requester: Principal, upstream: UpstreamID, tool: ToolName, grant: String,
        policyDigest: Digest, bindingDigest: Digest, expires: UnixTime
    ) {
        self.id = id
        self.call = call
        self.requester = requester
        self.upstream = upstream
        self.tool = tool
        self.grant = grant
        self.policyDigest = policyDigest
        self.bindingDigest = bindingDigest
        self.expires = expires
    }
}

/// The person who decided, as verified, and what was shown to them.
package struct ApproverFacts: Sendable, Hashable {
    package var subject: SubjectID
    package var issuer: String
    package var credential: CredentialFacts?
    /// `cli`, `console` …
    package var channel: String
    /// Digest of the text that was shown; committed to, never shown, since it repeats the arguments.
    package var displayDigest: Digest?
    package var comment: String?

    package init(
        subject: SubjectID, issuer: String, credential: CredentialFacts?, channel: String,
        displayDigest: Digest? = nil, comment: String? = nil
    ) {
        self.subject = subject
        self.issuer = issuer
        self.credential = credential
        self.channel = channel
        self.displayDigest = displayDigest
        self.comment = comment
    }
}

/// A credential that was made or withdrawn; never the credential itself.
package struct CredentialEvent: Sendable, Hashable {
    package var subject: SubjectID?
    package var tokenID: String?
    package var digest: Digest?
    package var audience: String?
    package var expires: UnixTime?

    package init(
        subject: SubjectID?, tokenID: String? = nil, digest: Digest? = nil, audience: String? = nil,
        expires: UnixTime? = nil
    ) {
        self.subject = subject
        self.tokenID = tokenID
        self.digest = digest
        self.audience = audience
        self.expires = expires
    }
}

/// One session of the 2025 protocol era.
package struct SessionEvent: Sendable, Hashable {
    /// Digest of the session id: the id itself is a bearer value.
    package var session: Digest
    package var principal: Principal
    package var upstream: UpstreamID
    package var protocolVersion: String
    package var sourceAddress: String
    package var clientName: String?
    package var clientVersion: String?

    package init(
        session: Digest, principal: Principal, upstream: UpstreamID, protocolVersion: String, sourceAddress: String,
        clientName: String? = nil, clientVersion: String? = nil
    ) {
        self.session = session
        self.principal = principal
        self.upstream = upstream
        self.protocolVersion = protocolVersion
        self.sourceAddress = sourceAddress
        self.clientName = clientName
        self.clientVersion = clientVersion
    }
}
