import MartletCedar
import MartletCore

/// The limits of all grants of one role and tool as one forbid: no hand-written permit lifts what the grants limit.
///
/// Grants are alternatives to each other ("100 EUR, or 500 USD"), so what is forbidden is a call that is within the
/// limits of none that lives. Without a hand-written permit nothing could pass the limits, and there is no such forbid.
/// Source: ADR-0019, 3.
struct GrantLimits {
    let policies: [CompiledPolicy]

    init(_ grants: [Grant], beside handWritten: [HandWrittenPolicy]) {
        guard handWritten.contains(where: \.isPermit) else {
            policies = []
            return
        }
        let grouped = Dictionary(grouping: grants, by: \.target)
        var seen: Set<GrantTarget> = []
        let targets = grants.lazy.filter(\.isLimited).map(\.target).filter { seen.insert($0).inserted }
        policies = targets.compactMap { target in grouped[target].map { Self.forbid($0, target) } }
    }

    private static func forbid(_ grants: [Grant], _ target: GrantTarget) -> CompiledPolicy {
        let id = Text("\(target.role.rawValue)/\(target.upstream)/\(target.subject.text)#limits")
        let lives = grants.map { Clause.before($0.expires).expression }
        let within = zip(lives, grants).map { live, grant in
            Expression.all([live] + (grant.isLimited ? grant.argumentClauses.joined().map(\.expression) : []))
        }
        let body = PolicyBody(
            .forbid, annotations: [Annotation(name: "id", value: id)],
            principal: .in(.entity(CedarModel.uid(target.role))), action: .equal(target.action),
            resource: target.resource,
            conditions: [Condition(.when, .any(lives[...])), Condition(.unless, .any(within[...]))])
        return CompiledPolicy(id, .limits, body)
    }
}

extension Grant {
    /// Whether it says anything about arguments.
    fileprivate var isLimited: Bool { !constraints.isEmpty || isClosed }
}
