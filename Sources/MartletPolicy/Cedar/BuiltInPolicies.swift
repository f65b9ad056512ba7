import MartletCedar

/// What the gateway says beside all grants.
enum BuiltInPolicies {
    static let all = [fourEyes, task, cancel]

    /// Nobody approves what is done on his own behalf: not the agent, not the person it acts for, no link between them.
    private static let fourEyes = CompiledPolicy(
        "martlet#four-eyes", .fourEyes,
        PolicyBody(
            .forbid, annotations: [Annotation(name: "id", value: "martlet#four-eyes")],
            conditions: [
                Condition(
                    .when,
                    .all([
                        Expression.context().has("approval"),
                        .compare(
                            .containsAny, Expression.context("approval", "approvers"),
                            Expression.context("approval", "requesters")),
                    ]))
            ]))

    /// Who began a task may ask about it while the very grant of the call that began it lives. Source: ADR-0015.
    private static let task = CompiledPolicy(
        "martlet#task", .task, .permit, principal: .any,
        action: .inAny([CedarModel.lookAtTask, CedarModel.answerTask]), resource: .any,
        when: [
            [
                Clause(Expression.context().has("grant"), .noGrant, gate: .restOfPolicy),
                Clause(
                    .compare(.in, Expression(.variable(.principal)), grant["role"]), .noGrant, gate: .restOfPolicy),
                Clause(
                    .compare(.equal, Expression(.variable(.resource)), grant["upstream"]), .noGrant,
                    gate: .restOfPolicy),
                Clause(.compare(.equal, Expression.context("tool"), grant["tool"]), .noGrant, gate: .restOfPolicy),
                Clause(.compare(.less, Expression.context("now"), grant["expires"]), .grantExpired),
            ]
        ])

    /// Who began a task may always give it up: that takes nothing from anybody.
    private static let cancel = CompiledPolicy(
        "martlet#cancel", .task, .permit, principal: .any, action: .equal(CedarModel.cancelTask), resource: .any,
        when: [])

    private static var grant: Expression { Expression.context("grant") }

    /// What a request about a task did not meet.
    static func refusal(_ request: Request, _ entities: EntityStore) -> DenialReason {
        task.clauses.refusal(request, entities) ?? .noGrant
    }
}
