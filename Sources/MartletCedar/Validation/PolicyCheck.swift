/// The types of one policy in all environments. Source: cedar-policy 4.12, `typecheck.rs`, `typecheck_policy`.
struct PolicyCheck {
    private let schema: Schema
    private let policy: PolicyBody
    private let id: PolicyID
    private let mode: ValidationMode
    private let level: Int?
    private var budget: Int
    /// In the order in which they were found, each once.
    private(set) var errors: [ValidationError] = []
    private var seen: Set<ValidationError> = []
    /// Whether the policy is false in every environment.
    private(set) var isImpossible = true

    init(
        _ schema: Schema, _ policy: PolicyBody, id: PolicyID, _ mode: ValidationMode, level: Int?, budget: Int
    ) {
        self.schema = schema
        self.policy = policy
        self.id = id
        self.mode = mode
        self.level = level
        self.budget = budget
    }

    /// What cannot be checked to the end does not pass.
    mutating func run() {
        var lowering = CoreLowering()
        let condition = lowering.condition(of: policy)
        guard !lowering.isTooHigh else { return giveUp() }
        for action in actions {
            for principal in action.principals {
                for resource in action.resources {
                    let environment = RequestEnvironment(
                        principal: principal, action: action.uid, resource: resource, context: action.context)
                    for linked in schema.linked(environment, for: policy) { check(condition, linked) }
                    guard budget > 0 else { return giveUp() }
                }
            }
        }
    }

    /// For other actions the scope is false, and everything behind it is not looked at: the types of the principal's
    /// scope, which goes first, cannot be wrong.
    private var actions: [Schema.ActionDefinition] {
        let isKnown = policy.action.entities.allSatisfy { schema.actions[$0] != nil }
        return isKnown ? ScopeCheck(schema, policy).actions : schema.sortedActions
    }

    private mutating func check(_ condition: CoreExpression, _ environment: RequestEnvironment) {
        guard budget > 0 else { return }
        let checker = Typechecker(schema, mode, environment, policy: id, budget: budget)
        let answer = checker.check(condition: condition)
        budget = checker.budget
        add(checker.errors)
        let isFalse = answer.type == .boolean(.false)
        if !isFalse { isImpossible = false }
        guard let level, isFalse || answer.isSuccess else { return }
        var levels = LevelCheck(environment, policy: id, maximum: level)
        levels.check(answer.expression)
        add(levels.errors)
    }

    private mutating func giveUp() {
        add([ValidationError(policy: id, kind: .tooComplex, span: policy.span)])
        isImpossible = false
    }

    private mutating func add(_ found: [ValidationError]) { errors += found.filter { seen.insert($0).inserted } }
}
