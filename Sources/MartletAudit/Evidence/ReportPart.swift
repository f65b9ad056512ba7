/// One thing that a report tells: a call with its records, or a record that is about no call.
package enum ReportPart {
    case call(CallReport)
    case event(EventReport)

    /// For a person.
    package var text: String {
        switch self {
        case .call(let report): report.text()
        case .event(let report): report.text
        }
    }

    /// For programs: one object on one line.
    package func json(_ values: SealedValues) -> String {
        switch self {
        case .call(let report): String(decoding: report.json(values), as: UTF8.self)
        case .event(let report): String(decoding: report.json, as: UTF8.self)
        }
    }
}
