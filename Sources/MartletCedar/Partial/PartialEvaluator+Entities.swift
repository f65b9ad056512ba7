extension PartialEvaluator {
    func attribute(_ expression: Expression, _ target: Expression, _ name: Text) -> PartialValue {
        let part = evaluate(target)
        switch part {
        case .failure: return part
        case .known(.entity(let uid)):
            guard let attributes = entities[uid]?.attributes else {
                return .residual(Expression(.getAttribute(part.expression(for: target), name), at: expression.span))
            }
            return located(expression) { () throws(EvaluationError.Kind) in
                guard let value = attributes[name] else { throw .noSuchAttribute(uid, name) }
                return value
            }
        case .known(let value):
            return located(expression) { () throws(EvaluationError.Kind) in try operators.attribute(name, of: value) }
        case .residual(let left):
            if left.node == .variable(.context), let value = request.context.fields[name] { return .known(value) }
            return .residual(Expression(.getAttribute(left, name), at: expression.span))
        }
    }

    func has(_ expression: Expression, _ target: Expression, _ path: [Text]) -> PartialValue {
        let part = evaluate(target)
        let found: Bool?
        switch part {
        case .failure: return part
        case .known(let value): found = has(path[...], value)
        case .residual(let left): found = has(path[...], left)
        }
        if let found { return .known(.bool(found)) }
        return .residual(Expression(.hasAttribute(part.expression(for: target), path), at: expression.span))
    }

    /// nil when it depends.
    private func has(_ path: ArraySlice<Text>, _ value: Value) -> Bool? {
        guard let name = path.first else { return true }
        var fields: Record?
        if case .record(let record) = value { fields = record }
        if case .entity(let uid) = value {
            fields = entities[uid]?.attributes
            // An entity that fits the schema has no others.
            if schema.attributes(of: [uid.type])[name] == nil { return false }
        }
        guard let fields else { return nil }
        guard let value = fields[name] else { return false }
        return has(path.dropFirst(), value)
    }

    /// What the type of a target says that is not known; what may fail may have no answer at all.
    private func has(_ path: ArraySlice<Text>, _ target: Expression) -> Bool? {
        guard let name = path.first, cannotFail(target) else { return nil }
        if target.node == .variable(.context), let value = request.context.fields[name] {
            return has(path.dropFirst(), value)
        }
        switch type(of: target) {
        case .record(let type):
            guard let attribute = type[name] else { return false }
            return attribute.isRequired && path.count == 1 ? true : nil
        case .entity(.of(let types)): return schema.attributes(of: types)[name] == nil ? false : nil
        default: return nil
        }
    }

    /// `in` of what is left of both sides.
    func isIn(
        _ expression: Expression, _ left: PartialValue, _ right: PartialValue, _ first: Expression, _ second: Expression
    ) -> PartialValue {
        let open = PartialValue.residual(Expression(.binary(.in, first, second), at: expression.span))
        switch (left, right) {
        case (.failure, _): return left
        case (.known, .failure): return right
        case (.known(.entity(let uid)), .known(.entity(let container))):
            return isIn(uid, container).map { .known(.bool($0)) } ?? open
        case (.known(.entity(let uid)), .known(.set(let set))):
            let containers = set.elements.compactMap { if case .entity(let container) = $0 { container } else { nil } }
            guard containers.count == set.elements.count else { return open }
            let answers = containers.map { isIn(uid, $0) }
            if answers.contains(true) { return .known(.bool(true)) }
            return answers.allSatisfy { $0 == false } ? .known(.bool(false)) : open
        case (.residual(let member), .known(.entity(let container))):
            guard cannotFail(member), let type = entityType(of: member) else { return open }
            return schema.canBeIn(type, container.type) ? open : .known(.bool(false))
        // Values of other types fail when it is evaluated.
        default: return open
        }
    }

    /// nil when it depends.
    func isIn(_ uid: EntityUID, _ container: EntityUID) -> Bool? {
        if uid == container { return true }
        if uid.type.isAction { return schema.actions[uid]?.ancestors.contains(container) ?? false }
        if let ancestors = entities[uid]?.ancestors { return ancestors.contains(container) }
        let isPossible = schema.entityTypes[container.type]?.descendants.contains(uid.type) ?? false
        return isPossible ? nil : false
    }
}
