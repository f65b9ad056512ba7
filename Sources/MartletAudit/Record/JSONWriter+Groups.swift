import MartletCore
import MartletJSON

/// The parts of the provenance groups that several record types share.
extension JSONWriter {
    /// Inside `verified`: the caller and its credential. The role is ours, it stands in `derived`.
    mutating func caller(_ principal: Principal) {
        // A principal lives as long as its token is remembered, and stands in the record of each of its calls.
        members(principal.written { principal in WrittenMembers { $0.write(principal) } })
    }

    private mutating func write(_ principal: Principal) {
        field("agent", principal.agent.rawValue)
        if let user = principal.user { field("user", user.rawValue) }
        field("iss", bounded: principal.issuer)
        if !principal.actors.isEmpty {
            field("actors", names: principal.actors.map(\.rawValue), rest: "actors_omitted")
        }
        field("auth", "bearer")
        group("cred") { $0.credential(principal.credential) }
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

extension ModelAttribution {
    /// Whether a record may call the model verified: an issuer or an attestation named it.
    var isVerified: Bool {
        switch assurance {
        case .registered, .attested: true
        case .unknown, .asserted, .observed: false
        }
    }
}
