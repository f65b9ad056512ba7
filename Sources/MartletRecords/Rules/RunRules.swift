import MartletJSON

/// One run of the gateway after another: each opens the log where the one before left it.
struct RunRules: Sendable {
    /// A record of recovery stands before the opening that it belongs to, unless the start ended between the two.
    private var recovered = false
    /// Whether a start has said that a head of the log is kept.
    private var hasHead = false

    mutating func take(_ record: LogRecord, _ breaches: inout [Breach]) {
        switch record.type {
        case "log.opened":
            let size = record.place(record.value("observed", "size"))
            if size != record.index, !recovered || record.index == 0 || size != record.index - 1 {
                breaches.append(Breach(.opensAtItsPlace, "it states a log of \(size.map(String.init) ?? "?") records"))
            }
            recovered = false
            takeHead(record, &breaches)
        case "log.recovered_tail": recovered = true
        default: break
        }
    }

    /// Without its head a log starts only when its operator says so, and then the start says it too. Source: ADR-0029.
    private mutating func takeHead(_ record: LogRecord, _ breaches: inout [Breach]) {
        guard let state = record.value("observed", "head")?.member("state")?.string else { return }
        if state == "new", hasHead {
            breaches.append(Breach(.headIsKept, "the head that was kept of the log is not there any more"))
        }
        hasHead = true
    }
}
