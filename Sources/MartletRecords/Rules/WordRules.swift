import MartletJSON

/// What operators say of calls in doubt and of alerts: each word is about such a record.
struct WordRules: Sendable {
    /// By the index of the doubt.
    private var doubts: Recent<UInt64, String>
    private var alerts: Recent<UInt64, Bool>

    init(memory: Int?) {
        doubts = Recent(limit: memory)
        alerts = Recent(limit: memory)
    }

    mutating func take(_ record: LogRecord, _ breaches: inout [Breach]) {
        let about = record.place(record.value("derived", "record"))
        switch record.type {
        case "call.in_doubt": doubts.set(record.call ?? "", for: record.index)
        case "alert.raised": alerts.set(true, for: record.index)
        case "call.resolved":
            if let call = about.flatMap({ doubts[$0] }), call == record.call { return }
            breaches.append(Breach(.wordIsAbout, "record \(told(about)) is no doubt about this call"))
        case "alert.acked", "alert.closed":
            guard about.flatMap({ alerts[$0] }) == nil else { return }
            breaches.append(Breach(.wordIsAbout, "record \(told(about)) is no alert"))
        default: break
        }
    }

    private func told(_ index: UInt64?) -> String { index.map(String.init) ?? "?" }
}
