import MartletCedar

/// Which facts of a call hand-written policies look at, found by walking over their expressions.
///
/// Only these are computed besides those of the grants; and when one of them has a fault, the call is denied: a
/// condition on what cannot be read exactly could be passed by it.
struct PolicyReads: Sendable {
    private(set) var facts: Set<[Text]> = []
    private(set) var arguments: Set<Text> = []
    /// The context is looked at as a whole somewhere.
    private(set) var isEverything = false

    init(_ policies: [HandWrittenPolicy]) {
        for condition in policies.lazy.flatMap(\.body.conditions) { visit(condition.body) }
    }

    func contains(_ key: FactKey) -> Bool { isEverything || facts.contains([key.kind.name, key.name]) }
    func contains(argument name: Text) -> Bool { isEverything || arguments.contains(name) }
    func contains(_ closed: ClosedPaths) -> Bool { isEverything || facts.contains(["only", closed.name]) }

    private mutating func visit(_ expression: Expression) {
        if let path = Self.contextPath(expression) { return note(path) }
        if case .hasAttribute(let target, let names) = expression.node, let path = Self.contextPath(target) {
            return note(path + names)
        }
        for child in expression.node.children { visit(child) }
    }

    /// The names that lead from `context` to the expression; nil when it does not begin there.
    private static func contextPath(_ expression: Expression) -> [Text]? {
        var names: [Text] = []
        var expression = expression
        while case .getAttribute(let target, let name) = expression.node {
            names.append(name)
            expression = target
        }
        guard case .variable(.context) = expression.node else { return nil }
        return names.reversed()
    }

    private mutating func note(_ path: [Text]) {
        switch (path.first, path.count) {
        case (nil, _), ("args"?, 1), ("derived"?, 1): isEverything = true
        case ("args"?, _): arguments.insert(path[1])
        case ("derived"?, 2): isEverything = isEverything || path[1] != "object"
        case ("derived"?, _): facts.insert([path[1], path[2]])
        default: break
        }
    }
}
