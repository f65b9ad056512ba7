import MartletApproval
import MartletCore
import MartletJSON
import MartletPolicy

/// The records of everything beside the calls.
extension RecordBuilder {
    /// `key` is there for every event that has a subject (`GatewayEvent.sealedFor`).
    func event(
        _ event: GatewayEvent, _ names: RecordedNames, key: DataKey?, open: Int, time: UnixTime, seed: RecordSeed
    ) throws(AuditError) -> AuditEntry {
        switch event {
        case .approvalRequested(let request, let call):
            try requested(request, names, call: call, key: key, time: time, seed: seed)
        case .approvalGranted(let request, let ruling, let channel):
            try ruled(.approvalGranted, request, ruling, channel, names, key: key, time: time, seed: seed)
        case .approvalDenied(let request, let ruling, let channel):
            try ruled(.approvalDenied, request, ruling, channel, names, key: key, time: time, seed: seed)
        case .approvalExpired(let request):
            try entry(Head(.approvalExpired, at: time), seed: seed) { describe(request, names, to: &$0) }
        case .sessionOpened(let session):
            try entry(Head(.sessionOpened, at: time), seed: seed) { $0.session(session, names, reason: nil) }
        case .sessionClosed(let session, let reason):
            try entry(Head(.sessionClosed, at: time), seed: seed) { $0.session(session, names, reason: reason) }
        case .streamOpened(let facts): try streamOpened(facts, names, key: try given(key), time: time, seed: seed)
        case .evidence(let evidence): try self.evidence(evidence, time: time, seed: seed)
        case .condition(let condition): try self.condition(condition, time: time, seed: seed)
        case .shard(let shard): try self.shard(shard, time: time, seed: seed)
        case .word(let word):
            try entry(Head(word.type, at: time, call: word.call), seed: seed) { $0.word(word) }
        case .logClosed(let reason):
            try entry(Head(.logClosed, at: time), seed: seed) { writer in
                writer.group("observed") { $0.field("reason", bounded: reason) }
                writer.group("derived") { $0.field("open_intents", open) }
            }
        case .logOpened, .tailRecovered, .configurationChanged, .credentialIssued, .credentialRevoked,
            .upstreamRestarted, .toolDrift, .eraChanged, .grantFirstSeen, .grantExpiring, .grantsInForce, .auditRead,
            .sinkLag, .sinkCaughtUp, .alertRaised, .erasureRequested, .erasureExecuted, .erasureRefused, .holdPlaced,
            .holdReleased:
            try plain(event, names, time: time, seed: seed)
        }
    }

    /// The events that are one group of facts.
    private func plain(
        _ event: GatewayEvent, _ names: RecordedNames, time: UnixTime, seed: RecordSeed
    ) throws(AuditError) -> AuditEntry {
        try entry(Head(event.type, at: time), seed: seed) { writer in
            switch event {
            case .logOpened(let opening): writer.opening(opening)
            case .tailRecovered(let bytes, let file):
                writer.group("observed") { observed in
                    observed.field("bytes", bytes)
                    observed.field("file", bounded: file)
                }
            case .configurationChanged(let old, let new, let file):
                writer.group("observed") { observed in
                    observed.field("old", old)
                    observed.field("new", new)
                    observed.field("file", bounded: file)
                }
            case .credentialIssued(let credential):
                writer.group("derived") { $0.credential(credential, credential.people(listed), names, reason: nil) }
            case .credentialRevoked(let credential, let reason):
                writer.group("derived") { $0.credential(credential, credential.people(listed), names, reason: reason) }
            case .upstreamRestarted(let upstream, let reason):
                writer.group("observed") { observed in
                    observed.field("upstream", upstream.rawValue)
                    observed.field("reason", bounded: reason)
                }
            case .toolDrift(let upstream, let tool, let old, let new):
                writer.group("observed") { observed in
                    observed.field("upstream", upstream.rawValue)
                    observed.field("tool", tool.rawValue)
                    observed.field("old", old)
                    observed.field("new", new)
                }
            case .eraChanged(let upstream, let pinned, let seen):
                writer.group("observed") { observed in
                    observed.field("upstream", upstream.rawValue)
                    observed.field("pinned", bounded: pinned, to: 32)
                    observed.field("seen", bounded: seen, to: 32)
                }
            case .grantFirstSeen(let grant, let expires), .grantExpiring(let grant, let expires):
                writer.group("derived") { derived in
                    derived.field("grant", bounded: grant)
                    derived.field("expires", expires)
                }
            case .grantsInForce(let part): writer.group("derived") { $0.authority(part) }
            case .auditRead(let reading): writer.reading(reading)
            case .alertRaised(let alert): writer.group("derived") { $0.alert(alert) }
            case .sinkLag(let sink), .sinkCaughtUp(let sink): writer.sink(sink)
            case .erasureRequested(let facts): writer.erasure(facts)
            case .erasureExecuted(let facts, let requested):
                writer.erasure(facts) { $0.field("requested", requested) }
            case .erasureRefused(let facts, let holds):
                writer.erasure(facts) { $0.field("holds", names: holds.map(\.id), rest: "holds_omitted") }
            case .holdPlaced(let facts), .holdReleased(let facts): writer.hold(facts)
            case .approvalRequested, .approvalGranted, .approvalDenied, .approvalExpired, .sessionOpened,
                .sessionClosed, .streamOpened, .logClosed, .evidence, .condition, .shard, .word:
                break
            }
        }
    }

    private func requested(
        _ request: ApprovalRequest, _ names: RecordedNames, call: CallID, key: DataKey?, time: UnixTime,
        seed: RecordSeed
    ) throws(AuditError) -> AuditEntry {
        var values = digests(request, seed)
        values.add("args", salt: seed.secondSalt) { $0.disclosed(text: request.subject.arguments) }
        let head = Head(.approvalRequested, at: time, call: call)
        let sealing = Sealing(key: try given(key), values: values)
        return try entry(head, seed: seed, sealing: sealing) { describe(request, names, to: &$0) }
    }

    private func ruled(
        _ type: RecordType, _ request: ApprovalRequest, _ ruling: Ruling, _ channel: ApprovalChannel,
        _ names: RecordedNames, key: DataKey?, time: UnixTime, seed: RecordSeed
    ) throws(AuditError) -> AuditEntry {
        var values = digests(request, seed)
        if let comment = channel.comment {
            values.add("comment", salt: seed.secondSalt) {
                $0.string(SecretScanner.redacted(comment).bounded(to: 4096))
            }
        }
        let sealing = Sealing(key: try given(key), values: values)
        return try entry(Head(type, at: time), seed: seed, sealing: sealing) { writer in
            writer.group("verified") { verified in
                verified.field("approver", bounded: names[ruling.issuer, ruling.approver], to: 1024)
                verified.field("approver_iss", bounded: ruling.issuer)
                verified.field("auth", "bearer")
                verified.group("cred") { $0.field("digest", ruling.credential) }
                verified.requester(request.subject, names)
            }
            writer.group("observed") { observed in
                observed.field("channel", bounded: channel.name, to: 32)
                observed.field("decided_t", ruling.at)
                observed.call(request.subject)
            }
            derived(request, to: &writer)
        }
    }

    private func digests(_ request: ApprovalRequest, _ seed: RecordSeed) -> Disclosures {
        var values = Disclosures()
        values.add("digests", salt: seed.salt) { writer in
            writer.beginObject()
            writer.field("binding", request.binding)
            writer.field("args", request.subject.argumentDigest)
            writer.endObject()
        }
        return values
    }

    private func given(_ key: DataKey?) throws(AuditError) -> DataKey {
        guard let key else { throw .keyUnavailable }
        return key
    }

    private func describe(_ request: ApprovalRequest, _ names: RecordedNames, to writer: inout JSONWriter) {
        writer.group("verified") { $0.requester(request.subject, names) }
        writer.group("observed") { $0.call(request.subject) }
        derived(request, to: &writer)
    }

    private func derived(_ request: ApprovalRequest, to writer: inout JSONWriter) {
        writer.group("derived") { derived in
            let id = request.ticket.rawValue
            derived.field("approval", id)
            derived.field("binding", root.blind(request.binding, in: id))
            derived.field("role", request.subject.role.rawValue)
            derived.field("grant", bounded: request.subject.grant.rawValue)
            derived.field("policy", request.subject.policyDigest)
            derived.field("expires", request.expires)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func requester(_ subject: ApprovalSubject, _ names: RecordedNames) {
        callers(agent: subject.agent, user: subject.user, issuer: subject.issuer, actors: subject.actors, names)
    }

    fileprivate mutating func call(_ subject: ApprovalSubject) {
        field("upstream", subject.upstream.rawValue)
        field("tool", subject.tool.rawValue)
    }

    fileprivate mutating func alert(_ alert: AlertFacts) {
        field("rule", bounded: alert.rule, to: 64)
        field("record", alert.record)
        field("text", bounded: alert.text)
    }

    fileprivate mutating func opening(_ opening: LogOpening) {
        if let reason = opening.head?.reason { group("asserted") { $0.field("reason", bounded: reason, to: 512) } }
        group("observed") { observed in
            observed.field("version", bounded: opening.version, to: 64)
            observed.field("size", opening.previousSize)
            observed.field("root", opening.previousRoot)
            observed.field("boot", bounded: opening.bootID, to: 64)
            if let monotonic = opening.monotonic { observed.field("mono_ns", monotonic) }
            if let every = opening.heartbeat { observed.field("every_s", every.count) }
            if let head = opening.head { observed.group("head") { $0.head(head) } }
        }
    }

    private mutating func head(_ head: HeadFacts) {
        field("state", head.state.rawValue)
        if let size = head.size { field("size", size) }
        field("runs", head.runs)
        if let abandoned = head.abandoned {
            field("abandoned", abandoned.size)
            field("abandoned_root", abandoned.root)
        }
        if let user = head.acceptedBy { field("accepted_uid", user) }
        field("accepted_t", head.acceptedAt)
    }

    fileprivate mutating func sink(_ facts: SinkFacts) {
        group("observed") { observed in
            observed.field("sink", bounded: facts.sink, to: 64)
            observed.field("kind", bounded: facts.kind, to: 32)
            observed.field("origin", bounded: facts.origin)
            observed.field("next", facts.next)
            observed.field("reason", bounded: facts.reason)
        }
        group("derived") { derived in
            derived.field("behind", facts.behind)
            derived.field("behind_s", facts.seconds)
        }
    }

    /// A name that was given without an issuer may have a pseudonym for each.
    fileprivate mutating func credential(
        _ event: CredentialEvent, _ people: [DataSubject], _ names: RecordedNames, reason: String?
    ) {
        let all = people.compactMap { names[$0] }
        // The name of an agent first: it is what others compare with.
        let subjects = all.filter { Pseudonym($0) == nil } + all.filter { Pseudonym($0) != nil }
        field("subject", bounded: subjects.first, to: 1024)
        if Set(subjects).count > 1 { field("subjects", names: subjects, rest: "subjects_omitted") }
        field("jti", bounded: event.tokenID)
        field("digest", event.digest)
        field("aud", bounded: event.audience)
        field("exp", event.expires)
        field("reason", bounded: reason)
    }

    fileprivate mutating func session(_ event: SessionEvent, _ names: RecordedNames, reason: String?) {
        group("verified") { $0.caller(event.principal, names) }
        group("asserted") { asserted in
            asserted.group("client") { client in
                client.field("name", bounded: event.clientName)
                client.field("version", bounded: event.clientVersion, to: 64)
            }
        }
        group("observed") { observed in
            observed.field("session", event.session)
            observed.field("upstream", bounded: event.upstream?.rawValue)
            observed.field("route", bounded: event.route, to: 64)
            observed.field("proto", bounded: event.protocolVersion, to: 32)
            observed.field("src", bounded: event.sourceAddress, to: 64)
            observed.field("reason", bounded: reason)
        }
        group("derived") { $0.field("role", event.principal.role.rawValue) }
    }
}

extension GatewayEvent {
    var type: RecordType {
        switch self {
        case .logOpened: .logOpened
        case .logClosed: .logClosed
        case .tailRecovered: .logRecoveredTail
        case .configurationChanged: .configurationChanged
        case .approvalRequested: .approvalRequested
        case .approvalGranted: .approvalGranted
        case .approvalDenied: .approvalDenied
        case .approvalExpired: .approvalExpired
        case .credentialIssued: .credentialIssued
        case .credentialRevoked: .credentialRevoked
        case .sessionOpened: .sessionOpened
        case .sessionClosed: .sessionClosed
        case .streamOpened: .streamOpened
        case .upstreamRestarted: .upstreamRestarted
        case .toolDrift: .toolDrift
        case .eraChanged: .upstreamEraChanged
        case .grantsInForce: .grantsInForce
        case .auditRead: .auditRead
        case .alertRaised: .alertRaised
        case .evidence(let evidence): evidence.type
        case .condition(let condition): condition.type
        case .shard(let shard): shard.type
        case .word(let word): word.type
        case .sinkLag: .sinkLag
        case .sinkCaughtUp: .sinkCaughtUp
        case .erasureRequested: .erasureRequested
        case .erasureExecuted: .erasureExecuted
        case .erasureRefused: .erasureRefused
        case .holdPlaced: .holdPlaced
        case .holdReleased: .holdReleased
        case .grantFirstSeen: .grantFirstSeen
        case .grantExpiring: .grantExpiring
        }
    }

    /// Whose key seals what the record commits to; nil when it commits to nothing.
    var sealedFor: DataSubject? {
        switch self {
        case .approvalRequested(let request, _), .approvalGranted(let request, _, _),
            .approvalDenied(let request, _, _):
            DataSubject(request.subject)
        case .streamOpened(let facts): DataSubject(facts.principal)
        case .logOpened, .logClosed, .tailRecovered, .configurationChanged, .approvalExpired, .credentialIssued,
            .credentialRevoked, .sessionOpened, .sessionClosed, .upstreamRestarted, .toolDrift, .eraChanged,
            .grantsInForce, .auditRead, .sinkLag, .sinkCaughtUp, .alertRaised, .evidence, .condition, .shard, .word,
            .erasureRequested,
            .erasureExecuted, .erasureRefused,
            .holdPlaced, .holdReleased, .grantFirstSeen, .grantExpiring:
            nil
        }
    }

    /// Everybody whom the record names.
    func people(_ listed: ListedNames) -> [DataSubject] {
        switch self {
        case .approvalRequested(let request, _), .approvalExpired(let request): DataSubject.all(of: request.subject)
        case .approvalGranted(let request, let ruling, _), .approvalDenied(let request, let ruling, _):
            DataSubject.all(of: request.subject) + [DataSubject(issuer: ruling.issuer, name: ruling.approver)]
        case .credentialIssued(let event), .credentialRevoked(let event, _): event.people(listed)
        case .sessionOpened(let event), .sessionClosed(let event, _): DataSubject.all(of: event.principal)
        case .streamOpened(let facts): DataSubject.all(of: facts.principal)
        case .logOpened, .logClosed, .tailRecovered, .configurationChanged, .upstreamRestarted, .toolDrift, .eraChanged,
            .grantsInForce, .auditRead, .sinkLag, .sinkCaughtUp, .alertRaised, .evidence, .condition, .shard, .word,
            .erasureRequested,
            .erasureExecuted, .erasureRefused, .holdPlaced, .holdReleased, .grantFirstSeen, .grantExpiring:
            []
        }
    }
}

extension CredentialEvent {
    /// Under its issuer, else under each that is believed.
    func people(_ listed: ListedNames) -> [DataSubject] {
        guard let subject else { return [] }
        let issuers = issuer.map { [$0] } ?? listed.issuers
        return (issuers.isEmpty ? [""] : issuers).map { DataSubject(issuer: $0, name: subject) }
    }
}
