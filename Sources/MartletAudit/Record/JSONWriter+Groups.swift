import MartletCore
import MartletJSON

/// The parts of the provenance groups that several record types share.
extension JSONWriter {
    /// Inside `verified`: the caller and its credential. The role is ours, it stands in `derived`.
    mutating func caller(_ principal: Principal, _ names: RecordedNames) {
        let issuer = principal.issuer
        callers(agent: principal.agent, user: principal.user, issuer: issuer, actors: principal.actors, names)
        field("auth", "bearer")
        group("cred") { $0.credential(principal.credential) }
    }

    /// Inside `verified`: who asks, and through whom. Whoever has no name in `names` is left out.
    mutating func callers(
        agent: SubjectID, user: SubjectID?, issuer: String, actors: [SubjectID], _ names: RecordedNames
    ) {
        field("agent", bounded: names[issuer, agent], to: 1024)
        if let user { field("user", bounded: names[issuer, user], to: 1024) }
        field("iss", bounded: issuer)
        let links = actors.compactMap { names[issuer, $0] }
        if !links.isEmpty { field("actors", names: links, rest: "actors_omitted") }
    }

    mutating func credential(_ facts: CredentialFacts) {
        field("digest", facts.digest)
        field("jti", bounded: facts.tokenID)
        field("kid", bounded: facts.keyID)
        field("alg", bounded: facts.algorithm, to: 32)
        field("exp", facts.expires)
    }

    /// The caller's own words.
    mutating func asserted(_ context: CallContext, model: ModelAttribution) {
        group("asserted") { writer in
            if model.assurance == .asserted { writer.model(model) }
            if context.clientName != nil || context.clientVersion != nil {
                writer.group("client") { client in
                    client.field("name", bounded: context.clientName)
                    client.field("version", bounded: context.clientVersion, to: 64)
                }
            }
            writer.field("traceparent", bounded: context.traceparent, to: 64)
        }
    }

    /// The model, in the group its assurance belongs to.
    mutating func model(_ model: ModelAttribution) {
        group("model") { writer in
            writer.field("name", bounded: model.name)
            writer.field("via", bounded: model.source)
            writer.field("assurance", model.assurance.rawValue)
        }
    }

    /// Inside `derived`: what was replaced before anything was sealed, by place and rule.
    mutating func redactions(_ marks: [Redaction]) {
        guard !marks.isEmpty else { return }
        key("redactions")
        beginArray()
        for mark in marks.prefix(16) {
            beginObject()
            field("path", mark.path.bounded())
            field("rule", mark.rule)
            endObject()
        }
        endArray()
        if marks.count > 16 { field("redactions_omitted", marks.count - 16) }
    }

    /// Inside `observed`: how the request came in.
    mutating func arrival(_ context: CallContext, method: String) {
        field("src", bounded: context.sourceAddress, to: 64)
        field("proto", bounded: context.protocolVersion, to: 32)
        field("transport", bounded: context.transport, to: 16)
        field("method", bounded: method, to: 64)
        field("route", bounded: context.route, to: 64)
    }
}

/// A caller as the groups of a record have it.
struct RecordedCaller: Sendable {
    /// What stands in `verified`.
    let members: WrittenMembers
    /// False when a name could not be had and is left out.
    var isWhole = true
}

extension ModelAttribution {
    /// Whether a record may call the model verified: an issuer or an attestation named it.
    var isVerified: Bool {
        switch assurance {
        case .registered, .attested: true
        case .unknown, .asserted, .observed: false
        }
    }
}
