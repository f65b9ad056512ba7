/// Checks how far a policy looks into the entities: `principal.manager.name` has level 2. Source: RFC 76;
/// cedar-policy 4.12, `level_validate.rs`; cedar-spec, `Validation/Levels.lean`.
struct LevelCheck {
    private let environment: RequestEnvironment
    private let policy: PolicyID
    private let maximum: Int
    private(set) var errors: [ValidationError] = []

    init(_ environment: RequestEnvironment, policy: PolicyID, maximum: Int) {
        self.environment = environment
        self.policy = policy
        self.maximum = maximum
    }

    private mutating func report(_ kind: ValidationError.Kind, _ expression: TypedExpression) {
        errors.append(ValidationError(policy: policy, kind: kind, span: expression.core.span))
    }

    /// Looks for everything in an expression that needs the data of an entity.
    mutating func check(_ expression: TypedExpression) {
        switch expression.core.node {
        case .binary(.hasTag, _, _), .binary(.getTag, _, _), .binary(.in, _, _):
            checkTarget(expression.children[0], of: expression)
            check(expression.children[1])
        case .getAttribute, .hasAttribute:
            let target = expression.children[0]
            switch target.type {
            case .entity(.of): checkTarget(target, of: expression)
            case .record: check(target)
            default: report(.untraceable, expression)
            }
        default: checkChildren(expression)
        }
    }

    /// Both branches of a conditional may be the same; they are looked at once.
    private mutating func checkChildren(_ expression: TypedExpression) {
        var last: TypedExpression?
        for child in expression.children where child !== last {
            check(child)
            last = child
        }
    }

    private mutating func checkTarget(_ target: TypedExpression, of expression: TypedExpression) {
        var path: [Text] = []
        let found = level(target, &path)
        guard found >= maximum else { return }
        report(.levelExceeded(found: found + 1, maximum: maximum), expression)
    }

    /// How many entities have to be looked into to know which one `expression` is; `path` are the attributes of
    /// records that are taken from it, outermost last.
    private mutating func level(_ expression: TypedExpression, _ path: inout [Text]) -> Int {
        switch expression.core.node {
        case .variable: return 0
        case .slot: report(.dereferencedLiteral, expression)
        case .literal(.entity(let uid)):
            if uid != environment.action { report(.dereferencedLiteral, expression) }
        case .conditional: return conditionalLevel(expression, path)
        case .getAttribute(_, let name): return attributeLevel(expression, name, &path)
        case .binary(.getTag, _, _):
            let found = level(expression.children[0], &path)
            check(expression.children[1])
            return found + 1
        case .record(let members): return recordLevel(expression, members.map(\.key), &path)
        default: report(.untraceable, expression)
        }
        return 0
    }

    private mutating func conditionalLevel(_ expression: TypedExpression, _ path: [Text]) -> Int {
        check(expression.children[0])
        var copy = path
        let then = level(expression.children[1], &copy)
        guard expression.children[1] !== expression.children[2] else { return then }
        copy = path
        return max(then, level(expression.children[2], &copy))
    }

    private mutating func attributeLevel(_ expression: TypedExpression, _ name: Text, _ path: inout [Text]) -> Int {
        let target = expression.children[0]
        switch target.type {
        case .entity(.of): return level(target, &path) + 1
        case .record:
            path.append(name)
            return level(target, &path)
        default:
            report(.untraceable, expression)
            return 0
        }
    }

    private mutating func recordLevel(_ expression: TypedExpression, _ keys: [Text], _ path: inout [Text]) -> Int {
        guard let name = path.popLast(), let taken = keys.firstIndex(of: name) else {
            report(.untraceable, expression)
            return 0
        }
        for (index, member) in expression.children.enumerated() where index != taken { check(member) }
        return level(expression.children[taken], &path)
    }
}
