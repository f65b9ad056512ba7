import MartletCore
import MartletJSON

/// Records as events of Splunk's HTTP Event Collector, one object behind the other.
///
/// The number, the log and the id are indexed fields too, so that a search finds gaps whatever the encoding.
/// Source: Splunk Enterprise, "Format events for HTTP Event Collector".
enum HECEvents {
    static func encode(_ records: [ExportedRecord], as encoding: RecordEncoding) -> [UInt8] {
        var bytes: [UInt8] = []
        for record in records {
            var writer = JSONWriter(capacity: record.leaf.count + 512)
            writer.beginObject()
            if let time = record.time {
                writer.key("time")
                writer.rawNumber(seconds(time))
            }
            writer.field("host", bounded: record.node)
            writer.field("source", record.origin)
            writer.field("sourcetype", "martlet:\(encoding.rawValue)")
            writer.key("event")
            if encoding.isJSON {
                writer.raw(encoding.encode(record))
            } else {
                writer.string(String(decoding: encoding.encode(record), as: UTF8.self))
            }
            writer.group("fields") { fields in
                fields.field("martlet_origin", record.origin)
                fields.field("martlet_index", "\(record.index)")
                fields.field("martlet_id", record.id)
            }
            writer.endObject()
            bytes += writer.bytes + [UInt8(ascii: "\n")]
        }
        return bytes
    }

    /// `code` 0 is success. Whoever answers without one is no event collector: a balancer, a page of a wrong address.
    static func judge(_ body: [UInt8]) throws(SinkError) {
        let answer: JSONValue
        do { answer = try JSONValue.parse(body, limits: .response) } catch {
            throw .rejected("an answer that is no JSON")
        }
        guard let code = answer.member("code")?.integer else { throw .rejected("an answer without a code") }
        guard code != 0 else { return }
        throw .rejected("code \(code): \(answer.member("text")?.string ?? "")")
    }

    /// Seconds with microseconds, as a decimal number.
    private static func seconds(_ time: UnixTime) -> String {
        let fraction = String(time.microseconds % 1_000_000)
        return "\(time.seconds)." + String(repeating: "0", count: max(0, 6 - fraction.utf8.count)) + fraction
    }
}
