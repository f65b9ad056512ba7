import MartletCedar

/// One policy as people read it.
package struct PolicyText: Hashable, Sendable {
    package let id: String
    /// Cedar, in one fixed form.
    package let text: String
}

extension Grant {
    /// What the grant means, as Cedar: its permit, and its forbid when somebody has to approve.
    package var policyTexts: [PolicyText] {
        compiled.map { PolicyText(id: $0.id.string, text: $0.body.description) }
    }
}

extension PolicyText {
    /// What no permit among `policies` lifts, for the targets of `chosen`; of all `grants`, because they are alternatives.
    package static func limits(
        of grants: [Grant], for chosen: [Grant], beside policies: [HandWrittenPolicy]
    ) -> [PolicyText] {
        let targets = Set(chosen.map(\.target))
        return GrantLimits(grants.filter { targets.contains($0.target) }, beside: policies).policies
            .map { PolicyText(id: $0.id.string, text: $0.body.description) }
    }

    /// What the gateway says beside all grants.
    package static var builtIn: [PolicyText] {
        BuiltInPolicies.all.map { PolicyText(id: $0.id.string, text: $0.body.description) }
    }
}
