package import MartletCore

/// When grants end by themselves. Grants have no beginning: what is configured holds from the start of the gateway.
extension PolicyEngine {
    /// The next moment after `now` at which a grant ends; nil when none does.
    package func nextEnd(after now: UnixTime) -> UnixTime? {
        grants.values.joined().lazy.map(\.expires).filter { $0 > now }.min()
    }

    /// What grants were for that ended after `start`, up to and including `end`.
    package func ended(after start: UnixTime, through end: UnixTime) -> [GrantTarget] {
        grants.values.joined().filter { start < $0.expires && $0.expires <= end }.map(\.target)
    }
}
