package import MartletCore

/// Which calls and events a timeline shows; what is nil does not restrict.
package struct TimelineFilter: Sendable, Hashable {
    package var call: CallID?
    package var agent: String?
    package var user: String?
    package var tool: String?
    /// `permit`, `deny` or `approval_required`.
    package var decision: String?
    /// The first moment shown.
    package var since: UnixTime?
    /// The first moment not shown.
    package var until: UnixTime?

    package init() {}

    func admits(_ entry: TimelineEntry) -> Bool {
        if let since, entry.time < since { return false }
        if let until, entry.time >= until { return false }
        return (agent == nil || entry.agent == agent) && (user == nil || entry.user == user)
            && (tool == nil || entry.tool == tool) && (decision == nil || entry.decision == decision)
    }
}
