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

    /// Under which pseudonyms records have a name that is asked for.
    package var pseudonyms: [String: Set<String>] = [:]

    package init() {}

    func admits(_ entry: TimelineEntry) -> Bool {
        if let since, entry.time < since { return false }
        if let until, entry.time >= until { return false }
        return (agent == nil || isNamed(agent, entry.agent)) && (user == nil || isNamed(user, entry.user))
            && (tool == nil || entry.tool == tool) && (decision == nil || entry.decision == decision)
    }

    private func isNamed(_ wanted: String?, _ recorded: String?) -> Bool {
        guard let wanted, let recorded else { return false }
        return recorded == wanted || pseudonyms[wanted]?.contains(recorded) == true
    }

    /// Everybody who is asked for by name.
    package var people: [String] { [agent, user].compactMap { $0 } }

    /// As it stands in the record of the reading that found so many; see `IndexFilter.text`.
    package func text(found count: Int) -> String {
        func recorded(_ name: String, isAgent: Bool) -> String {
            IndexFilter.recorded(name, pseudonyms[name]?.sorted() ?? [], standsInClear: isAgent && count > 0)
        }
        let parts: [(String, String?)] = [
            ("call", call?.rawValue), ("agent", agent.map { recorded($0, isAgent: true) }),
            ("user", user.map { recorded($0, isAgent: false) }), ("tool", tool), ("decision", decision),
            ("since", since?.rfc3339), ("until", until?.rfc3339),
        ]
        return parts.compactMap { name, value in value.map { "\(name)=\($0)" } }.joined(separator: " ")
    }
}
