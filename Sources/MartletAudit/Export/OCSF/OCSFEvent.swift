import MartletCore
import MartletJSON

/// A record as an OCSF 1.8.0 event.
///
/// Members of OCSF hold what is verified, observed or derived; what is only asserted (client, model, trace) stays in
/// `unmapped`, where the exact leaf is, so that no reader takes a claim for a fact. `metadata.sequence` is the number of
/// the record and `metadata.log_name` the log: a number that is missing was lost.
/// Source: OCSF 1.8.0; ADR-0026.
struct OCSFEvent {
    let record: ExportedRecord
    let kind: OCSFClass
    var writer: JSONWriter

    static func encode(_ record: ExportedRecord) -> [UInt8] {
        var event = OCSFEvent(
            record: record, kind: .of(record), writer: JSONWriter(capacity: record.leaf.count + 1024))
        event.write()
        return event.writer.bytes
    }

    private mutating func write() {
        writer.beginObject()
        writeMetadata()
        writer.field("time", milliseconds(record.time) ?? 0)
        writer.field("category_uid", kind.category)
        writer.field("class_uid", kind.uid)
        writer.field("activity_id", kind.activity)
        writer.field("activity_name", kind.activityName)
        writer.field("type_uid", kind.type)
        writer.field("severity_id", kind.severity)
        switch kind.shape {
        case .api: writeAPI()
        case .authentication: writeAuthentication()
        case .entity(let type): writeEntity(type)
        case .log: writeLog()
        case .finding(let title, let isOver): writeFinding(title, isOver: isOver)
        case .lifecycle:
            let upstream = record.text("observed", "upstream") ?? "upstream"
            writer.group("app") { $0.field("name", upstream) }
        }
        writeStatus()
        writeUnmapped()
        writer.endObject()
    }

    /// Which profiles an event of API Activity and Detection Finding carries.
    private var profiles: [String] {
        switch kind.shape {
        case .api: model == nil ? ["security_control"] : ["ai_operation", "security_control"]
        case .finding: ["security_control"]
        case .authentication, .entity, .log, .lifecycle: []
        }
    }

    private mutating func writeMetadata() {
        let (record, profiles) = (record, profiles)
        writer.group("metadata") { metadata in
            metadata.field("version", "1.8.0")
            metadata.group("product") { product in
                product.field("name", "Martlet")
                product.field("vendor_name", "Martlet")
            }
            metadata.field("log_name", record.origin)
            metadata.field("sequence", record.index)
            metadata.field("uid", record.id)
            metadata.field("event_code", record.typeName)
            metadata.field("log_provider", bounded: record.node)
            if let call = record.call { metadata.field("correlation_uid", call) }
            metadata.field("original_time", record.time)
            metadata.key("profiles")
            metadata.beginArray()
            for profile in profiles { metadata.string(profile) }
            metadata.endArray()
        }
    }

    /// The exact leaf, its hash, and what else OCSF has no place for.
    private mutating func writeUnmapped() {
        let record = record
        writer.group("unmapped") { unmapped in
            unmapped.group("martlet") { martlet in
                martlet.field("leaf_hash", record.hashText)
                if record.document == nil {
                    martlet.key("leaf_base64")
                    martlet.string(base64URL: record.leaf)
                } else {
                    martlet.member("record", raw: record.leaf)
                }
            }
        }
    }

    /// 1 success, 2 failure, 99 with a word of ours.
    private mutating func writeStatus() {
        switch record.type {
        case .callDenied, .authenticationFailed:
            writer.field("status_id", 2)
            writer.field("status_code", bounded: record.text("derived", "reason"))
            writer.field("status_detail", bounded: record.text("derived", "stage"))
        case .callOutcome:
            let outcome = record.text("observed", "outcome")
            writer.field("status_id", ["ok", "task", "input_required"].contains(outcome) ? 1 : 2)
            writer.field("status_code", bounded: outcome)
            writer.field("status_detail", bounded: record.text("observed", "detail"))
            writer.field("duration", (record.integer("observed", "latency_us") ?? 0) / 1000)
        case .callInDoubt:
            writer.field("status_id", 99)
            writer.field("status", "In doubt")
            writer.field("status_code", bounded: record.text("derived", "reason"))
        default: break
        }
    }

    func milliseconds(_ time: UnixTime?) -> Int64? { time.map { $0.microseconds / 1000 } }

    /// The model, as far as more than its own client vouches for it.
    var model: String? {
        (record.member("verified", "model") ?? record.member("observed", "model"))?.member("name")?.string
    }
}
