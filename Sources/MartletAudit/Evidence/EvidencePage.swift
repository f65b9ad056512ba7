import MartletCore

/// The readable page of a bundle: static HTML without scripts, styles from elsewhere, or links out of the folder.
package struct EvidencePage {
    private let file: EvidenceCase
    private var body = ""

    package init(_ file: EvidenceCase) { self.file = file }

    package mutating func add(_ part: ReportPart) {
        switch part {
        case .call(let report): add(report)
        case .event(let report): add(report)
        }
    }

    /// The whole page.
    package var html: String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>\(Self.escaped("Case " + file.name))</title>
        <style>
        body { font: 15px/1.45 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #111 }
        table { border-collapse: collapse; width: 100%; margin: .5em 0 }
        th, td { text-align: left; vertical-align: top; padding: .25em .6em; border-bottom: 1px solid #ddd }
        th { width: 8em } td.how { width: 16em; color: #555 } td, th { overflow-wrap: anywhere }
        h2 { font-size: 1.05em; margin: 2em 0 .2em } code { font-size: .9em } p.head { color: #555; margin: 0 }
        </style></head><body>
        <h1>\(Self.escaped("Case " + file.name))</h1>
        <p>\(Self.escaped(file.reason))</p>
        <p>\(file.calls) calls, \(file.records) records of the log <code>\(Self.escaped(file.origin))</code>, which had
        \(file.size) records under the root <code>\(Self.escaped(file.root))</code>. Exported
        \(file.exported.rfc3339) by \(Self.escaped(file.exporter)). The last column says how each fact is known:
        <b>verified</b> by a signed token or an authenticated person, <b>observed</b> by the gateway itself,
        <b>asserted</b> by somebody and proven by nothing, <b>derived</b> from records that are here.
        What is not known is said to be not known.</p>
        \(body)
        </body></html>

        """
    }

    private mutating func add(_ report: CallReport) {
        let opening = report.story.opening
        begin("call \(report.story.call.rawValue)", opening)
        for fact in report.facts {
            let strength = fact.answer.strength == .notStated ? nil : fact.answer.strength.rawValue
            row(fact.name, fact.answer.text, [strength, fact.answer.basis].compactMap(\.self).joined(separator: ": "))
        }
        for change in report.diff?.changes ?? [] {
            row(
                "", "\(change.path): approved \(change.approved ?? "nothing"), tried \(change.tried ?? "nothing")",
                "derived")
        }
        row("records", report.records.map { "\($0.index) \($0.type.rawValue)" }.joined(separator: ", "), "records/")
        body += "</table>\n"
    }

    private mutating func add(_ report: EventReport) {
        begin("record \(report.entry.index): \(report.entry.type.rawValue)", report.entry)
        for fact in report.facts { row(fact.name, fact.text, fact.group) }
        body += "</table>\n"
    }

    private mutating func begin(_ title: String, _ entry: TimelineEntry) {
        body += "<h2>\(Self.escaped(title))</h2>\n<p class=\"head\">\(Self.escaped(entry.time.rfc3339))  "
        body += "\(Self.escaped(entry.node))  \(Self.escaped(entry.environment))</p>\n<table>\n"
    }

    private mutating func row(_ name: String, _ text: String, _ how: String) {
        body += "<tr><th>\(Self.escaped(name))</th><td>\(Self.escaped(text))</td>"
        body += "<td class=\"how\">\(Self.escaped(how))</td></tr>\n"
    }

    /// What strangers wrote is text here and nothing else. Source: HTML Living Standard, 13.1.3.
    static func escaped(_ text: String) -> String {
        var output = ""
        for character in PrintableText.escaped(text).unicodeScalars {
            switch character {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "\"": output += "&quot;"
            case "'": output += "&#39;"
            default: output.unicodeScalars.append(character)
            }
        }
        return output
    }
}
