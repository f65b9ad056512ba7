import MartletCore
import MartletJSON

/// What is managed, found and logged: Entity Management (3004), Detection Finding (2004), Event Log Activity (1008).
extension OCSFEvent {
    mutating func writeEntity(_ type: String) {
        writeDecider()
        let record = record
        writer.group("entity") { entity in
            entity.field("type", type)
            entity.field("uid", bounded: Self.identifier(of: record, type))
            entity.field("name", bounded: Self.name(of: record, type))
            if type == "configuration" { entity.field("version", bounded: record.text("observed", "old")) }
        }
        if type == "configuration" {
            writer.group("entity_result") { entity in
                entity.field("type", type)
                entity.field("uid", bounded: record.text("observed", "new"))
                entity.field("version", bounded: record.text("observed", "new"))
            }
        }
        writer.field("comment", bounded: record.text("derived", "reason"))
    }

    /// Of an approval that was ruled on, the person who ruled; else the caller, or the gateway itself.
    private mutating func writeDecider() {
        guard let approver = record.text("verified", "approver") else { return writeActor() }
        let issuer = record.text("verified", "approver_iss")
        writer.group("actor") { actor in
            actor.group("user") { user in
                user.field("uid", bounded: approver)
                user.field("type_id", 1)
            }
            actor.group("session") { $0.field("issuer", bounded: issuer) }
        }
    }

    private static func identifier(of record: ExportedRecord, _ type: String) -> String {
        let found =
            switch type {
            case "approval": record.text("derived", "approval")
            case "credential": record.text("derived", "jti") ?? record.text("derived", "digest")
            case "grant": record.text("derived", "grant")
            case "grants": record.text("derived", "set")
            case "key": record.text("derived", "new_vkey")
            case "erasure": record.text("derived", "erasure")
            case "hold": record.text("derived", "hold")
            case "call": record.document?["call"]?.string
            case "alert": record.integer("derived", "record").map { "\(record.origin)/\($0)" }
            default: record.text("observed", "old")
            }
        return found ?? record.id
    }

    private static func name(of record: ExportedRecord, _ type: String) -> String? {
        switch type {
        case "approval": record.text("observed", "tool")
        case "credential": record.text("derived", "subject")
        case "grants": record.integer("derived", "part").map { "part \($0)" }
        case "configuration": record.text("observed", "file")
        default: nil
        }
    }

    mutating func writeFinding(_ title: String, isOver: Bool) {
        let record = record
        let rule = [record.text("derived", "rule"), record.integer("derived", "record").map { "\($0)" }]
        let subject = ["tool", "upstream", "sink"].map { record.document?["observed"]?[$0]?.string } + rule
        writer.group("finding_info") { info in
            info.field("title", title)
            // One finding for one thing: the record that ends it names the same.
            info.field(
                "uid",
                ([record.origin, record.beginning] + subject.compactMap(\.self)).joined(
                    separator: "/"))
        }
        writer.field("is_alert", !isOver)
        writer.field("status_id", isOver ? 4 : 1)
        writer.field("action_id", 3)
        writer.field("disposition_id", isOver ? 11 : 19)
        writer.key("evidences")
        writer.beginArray()
        writer.beginObject()
        writer.key("data")
        writer.value(record.document?.member("observed") ?? record.document?.member("derived") ?? .emptyObject)
        writer.endObject()
        writer.endArray()
    }

    mutating func writeLog() {
        let record = record
        if let user = record.integer("verified", "uid") {
            writer.group("actor") { actor in
                actor.group("user") { written in
                    written.field("uid", "\(user)")
                    written.field("type_id", 1)
                }
            }
        }
        writer.field("log_name", record.origin)
        writer.field("log_provider", "martlet")
        writer.field("log_type_id", 2)
    }
}

extension ExportedRecord {
    /// The type of the record that tells what this one ends, or its own.
    fileprivate var beginning: String {
        switch type {
        case .sinkCaughtUp: RecordType.sinkLag.rawValue
        case .logRecovered: RecordType.logDegraded.rawValue
        default: typeName
        }
    }
}
