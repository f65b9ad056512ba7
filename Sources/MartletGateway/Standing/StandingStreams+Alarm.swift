import MartletAudit
import MartletCore
import MartletMCP
import MartletPolicy
import Synchronization

/// What happens by itself: a token or a grant ends. One alarm, set to the earliest of all.
extension StandingStreams {
    /// The longest that the alarm sleeps: a wall clock may be set.
    private static let longestSleep = Seconds(600)

    /// Makes sure that the alarm rings at `moment` or before, and when the next grant ends.
    func armAlarm(for moment: UnixTime) {
        let now = clock.now()
        table.withLock { table in
            guard !table.isClosed, !table.lines.isEmpty else { return }
            let latest = now.advanced(by: Self.longestSleep)
            let next = [moment, table.nextGrantEnd ?? latest, latest].min() ?? latest
            if let alarm = table.alarm {
                guard next < alarm.at else { return }
                alarm.cancel()
            }
            let delay = Duration.microseconds(max(0, next.microseconds - now.microseconds))
            table.alarm = (next, alarm.set(delay) { [weak self] in self?.ring() })
        }
    }

    /// Ends the streams whose token has ended, and tells the others of grants that have.
    func ring() {
        let now = clock.now()
        let (lines, ended) = table.withLock { table -> ([StandingLine], [GrantTarget]) in
            table.alarm = nil
            let ended = policy.ended(after: table.told, through: now)
            table.told = now
            table.nextGrantEnd = policy.nextEnd(after: now)
            return (Array(table.lines.values), ended)
        }
        for line in lines where line.expires <= now { end(line, .tokenExpired) }
        for target in ended {
            let concerned = lines.filter {
                $0.upstreams.contains(target.upstream) && $0.principal.role == target.role && $0.expires > now
            }
            tell(.list(ListedKind(target.subject)), of: target.upstream, to: concerned)
        }
        if let next = lines.map(\.expires).filter({ $0 > now }).min() { armAlarm(for: next) }
    }
}

extension ListedKind {
    /// The list that what a grant names stands in.
    init(_ subject: GrantSubject) {
        switch subject {
        case .tool: self = .tools
        case .prompt: self = .prompts
        case .resource, .resources: self = .resources
        }
    }
}
