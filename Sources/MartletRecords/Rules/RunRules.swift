/// One run of the gateway after another: each opens the log where the one before left it.
struct RunRules: Sendable {
    private var isClosed = false
    /// A record of recovery stands before the opening that it belongs to.
    private var recovered = false

    mutating func take(_ record: LogRecord, _ breaches: inout [Breach]) {
        switch record.type {
        case "log.opened":
            let size = record.place(record.value("observed", "size"))
            if size != record.index - (recovered ? 1 : 0) {
                breaches.append(Breach(.opensAtItsPlace, "it states a log of \(size.map(String.init) ?? "?") records"))
            }
            (isClosed, recovered) = (false, false)
        case "log.recovered_tail": recovered = true
        default:
            if isClosed { breaches.append(Breach(.nothingWhileClosed, "the gateway had closed the log before it")) }
        }
        if record.type == "log.closed" { isClosed = true }
    }
}
