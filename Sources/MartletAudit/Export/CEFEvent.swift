import MartletCore
import MartletJSON

/// A record as one line of CEF, version 0. Source: ArcSight Common Event Format, implementation standard 26.
///
/// `externalId` is the record's id, `deviceExternalId` the log and `cn1` the number in it: a number that is missing was
/// lost. Only members that a record has are written.
enum CEFEvent {
    static func encode(_ record: ExportedRecord) -> [UInt8] {
        let kind = OCSFClass.of(record)
        let severity = [1: 1, 2: 3, 3: 5, 4: 8][kind.severity] ?? 1
        var line = "CEF:0|Martlet|martlet|1|\(header(record.typeName))|\(header(name(record)))|\(severity)|"
        line += members(record).map { "\($0)=\(value($1))" }.joined(separator: " ")
        return Array(line.utf8)
    }

    private static func members(_ record: ExportedRecord) -> [(String, String)] {
        var members: [(String, String)] = []
        func add(_ key: String, _ text: String?) { if let text { members.append((key, text)) } }
        func label(_ key: String, _ name: String, _ text: String?) {
            guard let text else { return }
            members += [(key + "Label", name), (key, text)]
        }
        add("rt", record.time.map { "\($0.microseconds / 1000)" })
        add("externalId", record.id)
        add("deviceExternalId", record.origin)
        label("cn1", "index", "\(record.index)")
        add("dvchost", record.node)
        add("src", record.text("observed", "src"))
        add("suser", record.text("verified", "user"))
        add("sourceServiceName", record.text("verified", "agent"))
        add("destinationServiceName", record.text("observed", "upstream"))
        add("duser", record.text("verified", "approver"))
        add("act", record.text("observed", "method"))
        add("outcome", record.text("observed", "outcome"))
        add("reason", record.text("derived", "reason") ?? record.text("observed", "reason"))
        label(
            "cs1", "tool",
            record.text("observed", "tool") ?? record.text("observed", "prompt") ?? record.text("observed", "resource"))
        label("cs2", "decision", record.text("derived", "decision"))
        label("cs3", "policy", record.text("derived", "policy"))
        let approval = record.member("derived", "approval")
        label("cs4", "approval", approval?.string ?? approval?.member("id")?.string)
        label("cs5", "call", record.call)
        label("cs6", "leafHash", record.hashText)
        return members
    }

    private static func name(_ record: ExportedRecord) -> String {
        record.typeName.split(separator: ".").joined(separator: " ").split(separator: "_").joined(separator: " ")
    }

    private static func header(_ text: String) -> String {
        escaped(text, also: "|")
    }

    private static func value(_ text: String) -> String {
        escaped(text, also: "=")
    }

    /// A backslash before a backslash and `other`; line ends as `\n`, so that no value begins a line or a member.
    private static func escaped(_ text: String, also other: Unicode.Scalar) -> String {
        var output = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\", other:
                output.unicodeScalars.append("\\")
                output.unicodeScalars.append(scalar)
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": output += "\\n"
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }
}
