import MartletJSON

/// Heartbeats: each at its place in the log, none missing. Source: ADR-0030.
///
/// Whether the root that one states is that of the tree is compared where leaves are hashed.
struct PulseRules: Sendable {
    private struct Beat {
        let boot: String?
        /// In nanoseconds.
        let monotonic: Int64
        /// Until the next one, in nanoseconds.
        let interval: Int64
    }
    /// Beside three intervals: a machine under load is late, in nanoseconds.
    private static let grace: Int64 = 5_000_000_000

    /// Of this run.
    private var last: Beat?
    /// Whether the run has said since then that records were lost.
    private var isExplained = false
    private var size: UInt64 = 0
    private let remembersTrees: Bool
    /// In the order of the log.
    private(set) var trees: [StatedTree] = []

    init(remembersTrees: Bool) { self.remembersTrees = remembersTrees }

    mutating func take(_ record: LogRecord, _ breaches: inout [Breach]) {
        switch record.type {
        case "log.opened": begin(Self.beat(record))
        case "log.closed": begin(nil)
        case "log.gap": isExplained = true
        case "log.heartbeat":
            checkPlace(record, &breaches)
            guard let beat = Self.beat(record) else { return }
            if let last { check(beat, after: last, &breaches) }
            begin(beat)
        default: break
        }
    }

    private mutating func begin(_ beat: Beat?) {
        last = beat
        isExplained = false
    }

    private mutating func checkPlace(_ record: LogRecord, _ breaches: inout [Breach]) {
        guard let stated = record.place(record.value("observed", "size")), stated <= record.index else {
            breaches.append(Breach(.heartbeatInPlace, "it states a log that is longer than what stands before it"))
            return
        }
        if stated < size {
            breaches.append(Breach(.heartbeatInPlace, "it states \(stated) records, the one before it \(size)"))
        }
        size = max(size, stated)
        guard remembersTrees else { return }
        trees.append(
            StatedTree(index: record.index, size: stated, root: record.text("observed", "root") ?? ""))
    }

    private func check(_ beat: Beat, after last: Beat, _ breaches: inout [Breach]) {
        let (passed, isTooFar) = beat.monotonic.subtractingReportingOverflow(last.monotonic)
        guard beat.boot == last.boot, passed >= 0, !isTooFar else {
            breaches.append(Breach(.heartbeatInPlace, "its monotonic clock is another one than before in this run"))
            return
        }
        if passed > 3 * last.interval + Self.grace, !isExplained {
            breaches.append(
                Breach(.noPause, "\(passed / 1_000_000_000) seconds without a heartbeat: silence unexplained"))
        }
    }

    private static func beat(_ record: LogRecord) -> Beat? {
        guard let monotonic = record.value("observed", "mono_ns")?.integer,
            let every = record.value("observed", "every_s")?.integer, (1...3600).contains(every)
        else { return nil }
        return Beat(boot: record.text("observed", "boot"), monotonic: monotonic, interval: every * 1_000_000_000)
    }
}
