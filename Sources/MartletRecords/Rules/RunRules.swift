/// One run of the gateway after another: each opens the log where the one before left it.
struct RunRules: Sendable {
    /// A record of recovery stands before the opening that it belongs to, unless the start ended between the two.
    private var recovered = false

    mutating func take(_ record: LogRecord, _ breaches: inout [Breach]) {
        switch record.type {
        case "log.opened":
            let size = record.place(record.value("observed", "size"))
            if size != record.index, !recovered || record.index == 0 || size != record.index - 1 {
                breaches.append(Breach(.opensAtItsPlace, "it states a log of \(size.map(String.init) ?? "?") records"))
            }
            recovered = false
        case "log.recovered_tail": recovered = true
        default: break
        }
    }
}
