import MartletCore
import MartletJSON

/// Who did what to which upstream: API Activity (6003) and Authentication (3002).
extension OCSFEvent {
    mutating func writeAPI() {
        writeActor()
        writeSource()
        let record = record
        writer.group("api") { api in
            api.field("operation", bounded: record.text("observed", "method") ?? record.typeName)
            if let upstream = record.text("observed", "upstream") {
                api.group("service") { $0.field("name", bounded: upstream) }
            }
            if let call = record.call { api.group("request") { $0.field("uid", call) } }
            api.field("version", bounded: record.text("observed", "proto"))
        }
        writeResource()
        writeDisposition()
        if let model {
            // OCSF asks for the provider, and no record names one.
            writer.group("ai_model") { written in
                written.field("name", bounded: model)
                written.field("ai_provider", "not stated")
            }
        }
    }

    mutating func writeAuthentication() {
        writer.key("user")
        writeUser(record.text("verified", "user") ?? record.text("verified", "agent"))
        writer.group("service") { $0.field("name", "martlet") }
        writeSource()
        if let session = record.text("observed", "session") {
            let issuer = record.text("verified", "iss")
            writer.group("session") { written in
                written.field("uid", session)
                written.field("issuer", bounded: issuer)
            }
        }
        guard record.type == .authenticationFailed else { return }
        writer.field("count", record.integer("observed", "count") ?? 1)
        for (key, member) in [("start_time", "first_t"), ("end_time", "last_t")] as [(StaticString, StaticString)] {
            if let time = milliseconds(record.text("observed", member).flatMap { UnixTime(rfc3339: $0) }) {
                writer.field(key, time)
            }
        }
    }

    /// The caller as it was verified; in records that name none, the gateway itself.
    mutating func writeActor() {
        let record = record
        guard let agent = record.text("verified", "agent") else {
            writer.group("actor") { actor in
                actor.field("app_name", "martlet")
                actor.field("app_uid", bounded: record.node)
            }
            return
        }
        writer.key("actor")
        writer.beginObject()
        writer.field("app_uid", bounded: agent)
        if let user = record.text("verified", "user") {
            writer.key("user")
            writeUser(user)
        }
        let credential = record.member("verified", "cred")
        writer.group("session") { session in
            session.field("issuer", bounded: record.text("verified", "iss"))
            session.field(
                "credential_uid", bounded: credential?.member("jti")?.string ?? credential?.member("digest")?.string)
        }
        writer.endObject()
    }

    private mutating func writeUser(_ name: String?) {
        writer.beginObject()
        writer.field("uid", bounded: name ?? "unknown")
        writer.field("type_id", name == nil ? 0 : 1)
        writer.endObject()
    }

    /// Where the request came from; in records that do not say, the gateway itself.
    private mutating func writeSource() {
        let record = record
        writer.group("src_endpoint") { source in
            if let address = record.text("observed", "src") {
                source.field("ip", bounded: address)
            } else {
                source.field("svc_name", "martlet")
                source.field("hostname", bounded: record.node)
            }
        }
    }

    /// What the call is about.
    mutating func writeResource() {
        for kind in ["tool", "prompt", "resource"] as [StaticString] {
            guard let name = record.text("observed", kind) else { continue }
            let record = record
            writer.key("resources")
            writer.beginArray()
            writer.beginObject()
            writer.field("name", bounded: name, to: 2048)
            writer.field("type", "mcp.\(kind)")
            writer.field("version", bounded: record.text("observed", "tool_def"))
            writer.field("namespace", bounded: record.text("observed", "upstream"))
            writer.endObject()
            writer.endArray()
            return
        }
    }

    private mutating func writeDisposition() {
        let (action, disposition) = disposition
        writer.field("action_id", action)
        writer.field("disposition_id", disposition)
        guard let policy = record.text("derived", "policy") else { return }
        let grant = record.text("derived", "grant")
        let decision = record.text("derived", "decision")
        writer.key("authorizations")
        writer.beginArray()
        writer.beginObject()
        writer.field("decision", bounded: decision)
        writer.group("policy") { written in
            written.field("uid", bounded: grant ?? policy)
            written.field("version", policy)
        }
        writer.endObject()
        writer.endArray()
    }

    /// Action: 1 allowed, 2 denied. Disposition: 1 allowed, 2 blocked, 8 approved, 14 delayed, 25 rejected,
    /// 26 unauthorized.
    private var disposition: (action: Int, disposition: Int) {
        guard record.type == .callDenied else {
            let isApproved = record.type == .callIntent && record.member("derived", "approval")?.kind == .object
            return (1, isApproved ? 8 : 1)
        }
        switch record.text("derived", "stage").flatMap(DenialStage.init(rawValue:)) {
        case .approval: return (2, record.text("derived", "decision") == "approval_required" ? 14 : 25)
        case .authentication: return (2, 26)
        case .listener, .protocol, .grant, .policy, .arguments, .quota, .drift, .audit, nil: return (2, 2)
        }
    }
}
