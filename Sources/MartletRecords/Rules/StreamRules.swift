import MartletJSON

/// Opening and end of standing streams.
///
/// A stream ends with the `stream.closed` that names its opening, and with the run of the gateway: at a stop its end is
/// written before `log.closed`, after a crash `log.opened` stands for it. Source: ADR-0012.
struct StreamRules: Sendable {
    private var streams: [UInt64: String] = [:]
    /// Of this run, and what the end of the one before has ended.
    private var ended: Set<UInt64> = []
    /// Ends that were not written, as `log.gap` says.
    private var lost: Int64 = 0

    var open: [UInt64] { Array(streams.keys) }

    mutating func take(_ record: LogRecord, _ breaches: inout [Breach]) {
        switch record.type {
        case "stream.opened": streams[record.index] = record.text("observed", "stream") ?? ""
        case "stream.closed": end(record, &breaches)
        case "log.gap": lose(record.value("derived", "lost")?.member("stream.closed")?.integer ?? 0)
        case "log.opened": begin()
        case "log.closed": stop(&breaches)
        default: break
        }
    }

    private mutating func lose(_ ends: Int64) {
        let (sum, isTooMany) = lost.addingReportingOverflow(max(0, ends))
        lost = isTooMany ? .max : sum
    }

    private mutating func end(_ record: LogRecord, _ breaches: inout [Breach]) {
        let opening = record.place(record.value("observed", "opened"))
        guard let opening, let stream = streams[opening], stream == record.text("observed", "stream") else {
            let name = opening.map(String.init) ?? "?"
            if let opening, ended.contains(opening) {
                breaches.append(Breach(.oneStreamEnd, "the stream of record \(name) has ended before"))
            } else {
                breaches.append(Breach(.streamEndHasOpening, "record \(name) opens no such stream"))
            }
            return
        }
        streams[opening] = nil
        ended.insert(opening)
    }

    private mutating func begin() {
        ended = Set(streams.keys)
        (streams, lost) = ([:], 0)
    }

    /// The gateway has stopped in order: what is open now should have ended. Lost ends could be those of any.
    private mutating func stop(_ breaches: inout [Breach]) {
        if Int64(streams.count) > lost {
            for opening in open.sorted() {
                breaches.append(Breach(.streamEndsInTime, "the stream of record \(opening) has no end"))
            }
        }
        begin()
    }
}
