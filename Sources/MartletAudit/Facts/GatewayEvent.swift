package import MartletApproval
package import MartletCore

/// Something that happened beside the calls and belongs to the evidence.
package enum GatewayEvent: Sendable {
    case logOpened(LogOpening)
    /// The gateway stops in an orderly way; the value counts the calls whose outcome is still missing.
    case logClosed(reason: String)
    /// Bytes at the end of the log that were never acknowledged and were set aside at start.
    case tailRecovered(bytes: Int, file: String)
    case configurationChanged(old: Digest?, new: Digest, file: String)
    /// A ticket was opened for the call that asked.
    case approvalRequested(ApprovalRequest, call: CallID)
    case approvalGranted(ApprovalRequest, by: Ruling, through: ApprovalChannel)
    case approvalDenied(ApprovalRequest, by: Ruling, through: ApprovalChannel)
    case approvalExpired(ApprovalRequest)
    case credentialIssued(CredentialEvent)
    case credentialRevoked(CredentialEvent, reason: String)
    case sessionOpened(SessionEvent)
    case sessionClosed(SessionEvent, reason: String)
    /// A standing stream is about to be opened. Only `AuditLog.openStanding` gives the stream for it.
    case streamOpened(StreamFacts)
    case upstreamRestarted(UpstreamID, reason: String)
    case toolDrift(UpstreamID, ToolName, old: Digest?, new: Digest?)
    /// An alert: an upstream speaks another era than its pinned one. Both as the wire names of their revisions.
    case eraChanged(UpstreamID, pinned: String, seen: String)
    /// What this start lets whom do; one of the parts of the whole statement.
    case grantsInForce(AuthorityPart)
    /// Somebody at this machine is about to be shown records.
    case auditRead(ReadFacts)
    /// Something that somebody must look at.
    case alertRaised(AlertFacts)
    /// Somebody has.
    case word(OperatorWord)
    /// Witnesses, timestamps, and the key of the log.
    case evidence(LogEvidence)
    /// Heartbeats, the clock, room for the log.
    case condition(LogCondition)
    /// A log that ends, begins or goes.
    case shard(ShardEvent)
    /// An alert: a sink is behind for longer than its limit.
    case sinkLag(SinkFacts)
    case sinkCaughtUp(SinkFacts)
    /// The keys of a subject's sealed values are about to be destroyed.
    case erasureRequested(ErasureFacts)
    /// They are; the value is the index of the request.
    case erasureExecuted(ErasureFacts, requested: UInt64)
    /// They are not, for these holds are on.
    case erasureRefused(ErasureFacts, [HoldFacts])
    case holdPlaced(HoldFacts)
    case holdReleased(HoldFacts)
    case grantFirstSeen(grant: String, expires: UnixTime)
    case grantExpiring(grant: String, expires: UnixTime)
}

extension GatewayEvent {
    /// The event that records how `request` was settled; nil while it is pending, and for its use, which stands in the
    /// intent of the call.
    package init?(settled request: ApprovalRequest, through channel: ApprovalChannel) {
        switch request.state {
        case .pending, .consumed: return nil
        case .approved(let ruling): self = .approvalGranted(request, by: ruling, through: channel)
        case .denied(let ruling): self = .approvalDenied(request, by: ruling, through: channel)
        case .expired: self = .approvalExpired(request)
        }
    }
}

/// A rule among the records that one of them breaks.
package struct AlertFacts: Hashable, Sendable {
    /// The wire word of the rule.
    package let rule: String
    /// The index of the record that breaks it.
    package let record: UInt64
    package let text: String

    package init(rule: String, record: UInt64, text: String) {
        self.rule = rule
        self.record = record
        self.text = text
    }
}

/// How the person who decided came to us.
package struct ApprovalChannel: Hashable, Sendable {
    /// `cli`, `console`, or `recovery` when the ruling was found without its record after a restart.
    package var name: String
    package var comment: String?

    package init(_ name: String, comment: String? = nil) {
        self.name = name
        self.comment = comment
    }
}

/// What the gateway found when it opened the log.
package struct LogOpening: Sendable, Hashable {
    package var version: String
    /// Records found, and the root of the tree over them.
    package var previousSize: UInt64
    package var previousRoot: Digest?
    package var bootID: String?
    /// The monotonic clock, in nanoseconds.
    package var monotonic: Int64?
    /// How long until the first heartbeat.
    package var heartbeat: Seconds?
    /// nil when no head is kept.
    package var head: HeadFacts?

    package init(
        version: String, previousSize: UInt64, previousRoot: Digest?, bootID: String? = nil, head: HeadFacts? = nil
    ) {
        self.version = version
        self.previousSize = previousSize
        self.previousRoot = previousRoot
        self.bootID = bootID
        self.head = head
    }
}

/// A credential that was made or withdrawn; never the credential itself.
package struct CredentialEvent: Sendable, Hashable {
    package var subject: SubjectID?
    /// Of the subject; nil for the name under every issuer.
    package var issuer: String?
    package var tokenID: String?
    package var digest: Digest?
    package var audience: String?
    package var expires: UnixTime?

    package init(
        subject: SubjectID?, issuer: String? = nil, tokenID: String? = nil, digest: Digest? = nil,
        audience: String? = nil, expires: UnixTime? = nil
    ) {
        self.subject = subject
        self.issuer = issuer
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
    /// Nil on the aggregated route.
    package var upstream: UpstreamID?
    /// The route when it is not the upstream's own.
    package var route: String?
    package var protocolVersion: String
    package var sourceAddress: String
    package var clientName: String?
    package var clientVersion: String?

    package init(
        session: Digest, principal: Principal, upstream: UpstreamID?, route: String? = nil, protocolVersion: String,
        sourceAddress: String, clientName: String? = nil, clientVersion: String? = nil
    ) {
        self.session = session
        self.principal = principal
        self.upstream = upstream
        self.route = route
        self.protocolVersion = protocolVersion
        self.sourceAddress = sourceAddress
        self.clientName = clientName
        self.clientVersion = clientVersion
    }
}
