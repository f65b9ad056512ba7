extension Typechecker {
    /// Entities that are not declared have no type; the error is that of ``PolicyNames``.
    func check(_ literal: Expression.Literal, _ expression: CoreExpression) -> TypeAnswer {
        switch literal {
        case .bool(let value): return .success(TypedExpression(expression, .boolean(value ? .true : .false)))
        case .long: return .success(TypedExpression(expression, .long))
        case .string: return .success(TypedExpression(expression, .string))
        case .entity(let uid):
            let isKnown = uid.type.isAction ? schema.actions[uid] != nil : schema.entityTypes[uid.type] != nil
            guard isKnown else { return .failure(TypedExpression(expression, nil)) }
            return .success(TypedExpression(expression, .entity(uid.type)))
        }
    }

    func type(of variable: Variable) -> CedarType {
        switch variable {
        case .principal: .entity(environment.principal)
        case .action: .entity(environment.action.type)
        case .resource: .entity(environment.resource)
        case .context: .record(environment.context)
        }
    }

    func type(of slot: Slot) -> CedarType {
        switch slot {
        case .principal: environment.principalSlot.map { .entity($0) } ?? .anyEntity
        case .resource: environment.resourceSlot.map { .entity($0) } ?? .anyEntity
        }
    }

    /// The entity that stands here; `action` is the one of the environment.
    func entity(_ expression: CoreExpression) -> EntityUID? {
        switch expression.node {
        case .literal(.entity(let uid)): uid
        case .variable(.action): environment.action
        default: nil
        }
    }

    /// The literal that stands here; `action` is the one of the environment.
    func literal(_ expression: CoreExpression) -> Expression.Literal? {
        switch expression.node {
        case .literal(let literal): literal
        case .variable(.action): .entity(environment.action)
        default: nil
        }
    }

    func checkSet(_ expression: CoreExpression, _ elements: [CoreExpression], _ prior: Set<Capability>) -> TypeAnswer {
        let answers = elements.map { check($0, prior) }
        let children = answers.map(\.expression)
        let element = bound(children.map(\.type), .set, at: expression)
        guard !elements.isEmpty || mode == .permissive else {
            report(.emptySet, at: expression)
            return .failure(TypedExpression(expression, nil, children))
        }
        guard let element else { return .failure(TypedExpression(expression, nil, children)) }
        let typed = TypedExpression(expression, .set(element), children)
        return answers.allSatisfy(\.isSuccess) ? .success(typed) : .failure(typed)
    }

    func checkRecord(
        _ expression: CoreExpression, _ members: [(key: Text, value: CoreExpression)], _ prior: Set<Capability>
    ) -> TypeAnswer {
        let answers = members.map { check($0.value, prior) }
        let children = answers.map(\.expression)
        let types = children.compactMap(\.type)
        guard types.count == members.count else { return .failure(TypedExpression(expression, nil, children)) }
        let attributes = zip(members, types).map {
            RecordType.Attribute(name: $0.key, type: $1, isRequired: true)
        }
        let typed = TypedExpression(expression, .record(RecordType(attributes)), children)
        return answers.allSatisfy(\.isSuccess) ? .success(typed) : .failure(typed)
    }
}
