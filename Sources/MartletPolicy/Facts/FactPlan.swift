import MartletCedar
import MartletJSON

/// What is computed of the arguments of one tool's calls: what some policy looks at, and nothing else.
struct FactPlan: Sendable {
    /// In the order of the names, as records keep it.
    private let kinds: [(name: Text, facts: [Planned])]
    /// How many of the kinds stand before `object` and `only`.
    private let kindsBefore: Int
    private let closed: [(name: Text, paths: [ArgumentPath])]
    private let arguments: [BoundArgument]

    private struct Planned: Sendable {
        let name: Text
        let key: FactKey
        /// Whether a hand-written policy looks at it.
        let isWatched: Bool
    }

    /// The facts of a call that are the context, and what is wrong with those that a hand-written policy looks at.
    struct Facts {
        let arguments: Record
        let derived: Record
        let fault: DenialReason?
    }

    init(_ tool: DeclaredTool, _ reads: PolicyReads) {
        let granted = Set(tool.grants.flatMap(\.constraints).flatMap(\.facts))
        let paths = tool.paths
        kinds = FactKind.allCases.sorted { $0.name < $1.name }.compactMap { kind in
            let planned = paths.map { FactKey(kind, $0) }
                .filter { granted.contains($0) || reads.contains($0) }
                .map { Planned(name: $0.name, key: $0, isWatched: reads.contains($0)) }
                .sorted { $0.name < $1.name }
            return planned.isEmpty ? nil : (kind.name, planned)
        }
        kindsBefore = kinds.count { $0.name < ContextKey.object }
        closed = tool.closed.map { ($0.name, $0.paths) }
        arguments = tool.arguments.filter { reads.contains(argument: $0.name) }
    }

    func facts(of arguments: JSONValue?) -> Facts {
        let isObject = arguments.map { $0.kind == .object } ?? true
        var fault: DenialReason?
        var fields: [Record.Field] = []
        fields.reserveCapacity(kinds.count + 2)
        // In the order of the keys, so that the record need not be sorted.
        for kind in kinds[..<kindsBefore] { fields.append(field(of: kind, arguments, isObject: isObject, &fault)) }
        fields.append(Record.Field(key: ContextKey.object, value: .bool(isObject)))
        if !closed.isEmpty { fields.append(only(arguments, isObject: isObject)) }
        for kind in kinds[kindsBefore...] { fields.append(field(of: kind, arguments, isObject: isObject, &fault)) }
        let bound = bound(arguments, isObject: isObject, &fault)
        return Facts(arguments: bound, derived: Record(fields), fault: fault)
    }

    private func field(
        of kind: (name: Text, facts: [Planned]), _ arguments: JSONValue?, isObject: Bool, _ fault: inout DenialReason?
    ) -> Record.Field {
        var facts: [Record.Field] = []
        facts.reserveCapacity(kind.facts.count)
        for plan in kind.facts {
            let fact = ArgumentFact(plan.key, of: arguments, isObject: isObject)
            facts.append(Record.Field(key: plan.name, value: .record(fact.record)))
            // What is not there cannot be too much.
            guard plan.isWatched, fact.fault != .argumentMissing else { continue }
            fault = DenialReason.moreSpecific(fault, fact.fault)
        }
        return Record.Field(key: kind.name, value: .record(Record(facts)))
    }

    private func only(_ arguments: JSONValue?, isObject: Bool) -> Record.Field {
        let fields = closed.map { name, paths in
            let covers = isObject && arguments.map { ArgumentPath.cover($0, paths) } ?? true
            return Record.Field(key: name, value: .bool(covers))
        }
        return Record.Field(key: ContextKey.only, value: .record(Record(fields)))
    }

    private func bound(_ value: JSONValue?, isObject: Bool, _ fault: inout DenialReason?) -> Record {
        guard !arguments.isEmpty else { return .empty }
        var fields: [Record.Field] = []
        for argument in arguments {
            let (value, wrong) = argument.value(in: value, isObject: isObject)
            fault = DenialReason.moreSpecific(fault, wrong)
            if let value { fields.append(Record.Field(key: argument.name, value: value)) }
        }
        return Record(fields)
    }
}
