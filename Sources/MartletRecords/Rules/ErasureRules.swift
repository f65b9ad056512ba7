import MartletJSON

/// Erasures of sealed values, and the legal holds that forbid them.
///
/// An erasure is requested, then executed for the same keys; while a hold covers its subject, neither.
struct ErasureRules: Sendable {
    private struct Erasure {
        let subject: String?
        let keys: [String]
    }

    private var requested: [String: Erasure] = [:]
    /// The subject of each hold that is on; nil for everybody.
    private var holds: [String: String?] = [:]

    mutating func take(_ record: LogRecord, _ breaches: inout [Breach]) {
        switch record.type {
        case "erasure.requested": request(record, &breaches)
        case "erasure.executed": execution(record, &breaches)
        case "hold.placed": holds[record.text("derived", "hold") ?? ""] = .some(record.text("derived", "subject"))
        case "hold.released": release(record, &breaches)
        case "shard.carried": carried(record)
        default: break
        }
    }

    private mutating func request(_ record: LogRecord, _ breaches: inout [Breach]) {
        guard let id = record.text("derived", "erasure") else { return }
        requested[id] = Erasure(subject: record.text("derived", "subject"), keys: keys(of: record))
        held(record, id, &breaches)
    }

    private func execution(_ record: LogRecord, _ breaches: inout [Breach]) {
        let id = record.text("derived", "erasure") ?? "?"
        if let request = requested[id] {
            if request.keys != keys(of: record) || request.subject != record.text("derived", "subject") {
                breaches.append(Breach(.erasureRequestedFirst, "\(id) was requested for other keys"))
            }
        } else {
            breaches.append(Breach(.erasureRequestedFirst, "no record before it requests \(id)"))
        }
        held(record, id, &breaches)
    }

    private func held(_ record: LogRecord, _ id: String, _ breaches: inout [Breach]) {
        let subject = record.text("derived", "subject")
        guard let hold = holds.filter({ $0.value == nil || $0.value == subject }).keys.min() else { return }
        breaches.append(Breach(.heldIsNotErased, "\(id) while hold \(hold) is on"))
    }

    private mutating func release(_ record: LogRecord, _ breaches: inout [Breach]) {
        let id = record.text("derived", "hold") ?? "?"
        guard holds.removeValue(forKey: id) == nil else { return }
        breaches.append(Breach(.holdReleasedOnce, "hold \(id) is not on"))
    }

    /// What the log before says stands.
    private mutating func carried(_ record: LogRecord) {
        guard let items = record.value("derived", "items")?.elements else { return }
        for item in items where item.member("kind")?.string == "hold" {
            holds[item.member("hold")?.string ?? ""] = .some(item.member("subject")?.string)
        }
    }

    private func keys(of record: LogRecord) -> [String] {
        record.value("derived", "keys")?.elements.compactMap(\.string) ?? []
    }
}
