package import MartletCore
package import MartletMCP
import NIOCore

/// What is learnt about the era of an upstream while the gateway runs.
package enum EraEvent: Hashable, Sendable {
    /// Found out, and kept from now on.
    case pinned(UpstreamID, ProtocolEra)
    /// An upstream shows another era than its pinned one: nothing is sent to it until that is over.
    case changed(UpstreamID, pinned: ProtocolEra, seen: ProtocolEra)
    /// It speaks its pinned era again.
    case restored(UpstreamID, ProtocolEra)
}

/// Takes events; from any thread, must not block.
package typealias EraReport = @Sendable (EraEvent) -> Void

/// The era one upstream is spoken to in, and whether it was last seen to speak another. A synchronous value.
///
/// A pin never changes by itself: an upstream that suddenly speaks the older era is what a downgrade looks like. It ends
/// with the `era` of the configuration. Source: MCP 2026-07-28, Versioning; docs/adr/0014-aggregated-route.md.
struct EraPin: Sendable {
    private(set) var era: ProtocolEra?
    private(set) var isContradicted = false
    private var lastCheck: NIODeadline?

    init(_ choice: EraChoice) { era = choice.known }

    /// Keeps the first era that is found; returns the one that holds, and whether it is news.
    mutating func settle(_ found: ProtocolEra) -> (era: ProtocolEra, isNew: Bool) {
        if let era { return (era, false) }
        era = found
        return (found, true)
    }

    /// Whether a doubtful answer is a reason to ask again now: not when that was just done.
    mutating func startCheck(_ now: NIODeadline, interval: TimeAmount) -> ProtocolEra? {
        guard let era, lastCheck.map({ now >= $0 + interval }) ?? true else { return nil }
        lastCheck = now
        return era
    }

    /// Notes what a check found; true when that is another finding than the one before.
    mutating func note(isContradicted found: Bool) -> Bool {
        defer { isContradicted = found }
        return found != isContradicted
    }
}

extension ProtocolEra {
    var other: ProtocolEra {
        switch self {
        case .modern: .legacy
        case .legacy: .modern
        }
    }
}
