import MartletCore
import MartletJSON

/// Finds the standing streams without an end in a log, leaf by leaf, in order.
///
/// A stream ends with the `stream.closed` that names its opening, and with the run of the gateway: at a stop its end is
/// written before `log.closed`, after a crash `log.opened` stands for it. Source: ADR-0012.
package struct OpenStreams: Sendable {
    /// How a record of an end fits what stands before it.
    enum Ending: Sendable {
        case fits
        case hasEnded
        case neverOpened
    }

    private var streams: [UInt64: String] = [:]
    private var ended: Set<UInt64> = []
    /// Ends that were not written, as `log.gap` says.
    private var lost = 0

    package init() {}

    /// The indexes of what is open, in the order of the log.
    package var open: [UInt64] { streams.keys.sorted() }

    mutating func opened(_ entry: TimelineEntry) { streams[entry.index] = entry.text("observed", "stream") ?? "" }

    mutating func closed(_ entry: TimelineEntry) -> Ending {
        guard let opening = entry.integer("observed", "opened").flatMap(UInt64.init(exactly:)) else {
            return .neverOpened
        }
        guard let stream = streams[opening], stream == entry.text("observed", "stream") else {
            return ended.contains(opening) ? .hasEnded : .neverOpened
        }
        streams[opening] = nil
        ended.insert(opening)
        return .fits
    }

    mutating func gap(_ entry: TimelineEntry) {
        let counts = entry.document.member("derived")?.member("lost")
        lost += Int(clamping: counts?[RecordType.streamClosed.rawValue]?.integer ?? 0)
    }

    /// The gateway has begun to run, after a stop or after a crash.
    mutating func began() {
        for opening in streams.keys { ended.insert(opening) }
        (streams, lost) = ([:], 0)
    }

    /// The gateway has stopped in order: what is open now should have ended. Lost ends could be those of any.
    mutating func stopped() -> [UInt64] {
        defer { began() }
        return open.count > lost ? open : []
    }
}
