import MartletCore
import MartletJSON

/// Records as OpenTelemetry log records, in the JSON encoding of OTLP.
///
/// `traceId` and `spanId` are what the caller named (`asserted.traceparent`): for finding things, not for believing them.
/// Source: OTLP specification 1.x, "JSON Protobuf Encoding"; OpenTelemetry, "Logs Data Model".
enum OTLPLogs {
    static func encode(_ records: [ExportedRecord], as encoding: RecordEncoding) -> [UInt8] {
        var writer = JSONWriter(capacity: records.reduce(512) { $0 + 2 * $1.leaf.count + 1024 })
        writer.beginObject()
        writer.list("resourceLogs") { logs in
            logs.group("resource") { resource in
                resource.list("attributes", of: [("service.name", "martlet")]) { $0.attribute($1.0, $1.1) }
            }
            logs.list("scopeLogs") { scope in
                scope.group("scope") { $0.field("name", "martlet.audit") }
                scope.key("logRecords")
                scope.beginArray()
                for record in records { scope.log(record, encoding) }
                scope.endArray()
            }
        }
        writer.endObject()
        return writer.bytes
    }

    /// Partial success is none. Source: OTLP specification, "Partial Success".
    static func judge(_ body: [UInt8]) throws(SinkError) {
        let answer: JSONValue
        do { answer = try JSONValue.parse(body, limits: .response) } catch {
            throw .rejected("an answer that is no JSON")
        }
        guard answer.kind == .object else { throw .rejected("an answer that is no JSON object") }
        guard let partial = answer.member("partialSuccess"), let count = partial.member("rejectedLogRecords") else {
            return
        }
        // 64-bit numbers are strings in this encoding, and both are read.
        guard count.integer != 0, count.string != "0" else { return }
        throw .rejected("records refused: \(partial.member("errorMessage")?.string ?? "no reason given")")
    }
}

extension JSONWriter {
    /// An array with one object.
    fileprivate mutating func list(_ key: StaticString, _ write: (inout JSONWriter) -> Void) {
        self.key(key)
        beginArray()
        beginObject()
        write(&self)
        endObject()
        endArray()
    }

    fileprivate mutating func list<Element>(
        _ key: StaticString, of elements: [Element], _ write: (inout JSONWriter, Element) -> Void
    ) {
        self.key(key)
        beginArray()
        for element in elements { write(&self, element) }
        endArray()
    }

    fileprivate mutating func attribute(_ key: String, _ text: String, as kind: StaticString = "stringValue") {
        beginObject()
        field("key", key)
        group("value") { $0.field(kind, text) }
        endObject()
    }

    fileprivate mutating func log(_ record: ExportedRecord, _ encoding: RecordEncoding) {
        beginObject()
        if let time = record.time { field("timeUnixNano", "\(time.microseconds)000") }
        let severity = OCSFClass.of(record).severity
        field("severityNumber", severity >= 4 ? 17 : severity == 3 ? 13 : 9)
        field("severityText", severity >= 4 ? "ERROR" : severity == 3 ? "WARN" : "INFO")
        field("eventName", record.typeName)
        group("body") { $0.field("stringValue", String(decoding: encoding.encode(record), as: UTF8.self)) }
        key("attributes")
        beginArray()
        attribute("log.record.uid", record.id)
        attribute("martlet.origin", record.origin)
        attribute("martlet.index", "\(record.index)", as: "intValue")
        attribute("martlet.leaf_hash", record.hashText)
        if let node = record.node { attribute("host.name", node) }
        if let environment = record.environment { attribute("deployment.environment.name", environment) }
        endArray()
        trace(record.text("asserted", "traceparent"))
        endObject()
    }

    /// Source: W3C Trace Context, section 3.2.2.
    private mutating func trace(_ parent: String?) {
        let parts = (parent ?? "").split(separator: "-")
        guard parts.count == 4, parts[1].utf8.count == 32, parts[2].utf8.count == 16 else { return }
        field("traceId", String(parts[1]))
        field("spanId", String(parts[2]))
    }
}
