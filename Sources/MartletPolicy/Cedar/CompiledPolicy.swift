import MartletCedar
import MartletCore

/// A policy in force, where it comes from, and what its conditions mean to a caller.
struct CompiledPolicy: Sendable {
    enum Origin: Sendable {
        /// What a grant permits.
        case grant(GrantID)
        /// The approval that a grant asks for.
        case approval(ApprovalRule)
        /// What no hand-written permit lifts.
        case limits
        /// What the gateway itself says: who began a task may ask about it, nobody approves his own call.
        case task
        case fourEyes
        case handWritten
    }

    let id: PolicyID
    let origin: Origin
    let body: PolicyBody
    /// The conditions of a permit, or what stands under the `unless` of a forbid.
    let clauses: [ClauseGroup]

    init(
        _ id: PolicyID, _ origin: Origin, _ effect: Effect, annotations: [(Text, String)] = [],
        principal: ScopeConstraint, action: ActionConstraint, resource: ScopeConstraint,
        when clauses: [ClauseGroup]
    ) {
        self.id = id
        self.origin = origin
        self.clauses = clauses
        let words = clauses.joined().map(\.word).joined(separator: " ")
        var all: [(Text, String)] = [("id", id.string)] + annotations
        if !words.isEmpty { all.append(("reasons", words)) }
        body = PolicyBody(
            effect, annotations: all.map { Annotation(name: $0.0, value: Text($0.1)) }, principal: principal,
            action: action, resource: resource,
            conditions: clauses.joined().map { Condition(.when, $0.expression) })
    }

    init(_ id: PolicyID, _ origin: Origin, _ body: PolicyBody, clauses: [ClauseGroup] = []) {
        self.id = id
        self.origin = origin
        self.body = body
        self.clauses = clauses
    }
}

extension Clause {
    /// `context.now < end`
    static func before(_ end: UnixTime) -> Clause {
        Clause(.compare(.less, .context("now"), .datetime(end)), .grantExpired, gate: .restOfPolicy)
    }
}
