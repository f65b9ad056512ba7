import MartletCore

/// Records as syslog messages in octet-counted frames. Source: RFC 5424, section 6; RFC 5425, section 4.3.
///
/// Facility 13 (log audit); HOSTNAME is the gateway's, MSGID the type of the record, MSG the record in its encoding. No
/// structured data: what it would say is in every encoding.
package enum SyslogFrame {
    package static func encode(_ records: [ExportedRecord], as encoding: RecordEncoding) -> [UInt8] {
        var frames: [UInt8] = []
        for record in records {
            let message = message(record, encoding)
            frames += Array("\(message.count) ".utf8) + message
        }
        return frames
    }

    private static func message(_ record: ExportedRecord, _ encoding: RecordEncoding) -> [UInt8] {
        let time = record.time?.rfc3339 ?? "-"
        let host = word(record.node ?? "", limit: 255)
        let head = "<\(priority(record))>1 \(time) \(host) martlet - \(word(record.typeName, limit: 32)) - "
        return Array(head.utf8) + encoding.encode(record)
    }

    /// Severity: 6 informational, 5 notice, 4 warning, 3 error.
    private static func priority(_ record: ExportedRecord) -> Int {
        13 * 8 + 7 - min(4, max(1, OCSFClass.of(record).severity))
    }

    /// Printable ASCII without spaces; `-` for nothing.
    private static func word(_ text: String, limit: Int) -> String {
        let bytes = text.utf8.map { (0x21...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }
        return bytes.isEmpty ? "-" : String(decoding: bytes.prefix(limit), as: UTF8.self)
    }
}
