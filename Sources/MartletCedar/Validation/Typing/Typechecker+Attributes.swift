extension Typechecker {
    private func attribute(_ name: Text, of type: CedarType) -> RecordType.Attribute? {
        switch type {
        case .record(let record): return record[name]
        case .entity(.of(let types)):
            if types.count > 1 { spend(types.reduce(0) { $0 + (schema.entityTypes[$1]?.shape.size ?? 0) }) }
            return schema.attributes(of: types)[name]
        default: return nil
        }
    }

    /// Whether a value of this type may have an attribute that is not known to be there.
    private func mayHave(_ name: Text, _ type: CedarType) -> Bool {
        switch type {
        case .never, .entity(.any): true
        case .record(let record): record.isOpen || record[name] != nil
        case .entity(.of(let types)):
            types.contains { type in
                guard !type.isAction else { return false }
                return schema.entityTypes[type].map { $0.shape[name] != nil } ?? true
            }
        default: false
        }
    }

    /// An optional attribute needs a capability.
    func checkGet(
        _ expression: CoreExpression, _ target: CoreExpression, _ name: Text, _ prior: Set<Capability>
    ) -> TypeAnswer {
        let operand = expect(target, [.anyEntity, .anyRecord], prior)
        guard let type = operand.type else { return .failure(TypedExpression(expression, nil, [operand.expression])) }
        guard let attribute = attribute(name, of: type) else {
            report(.unknownAttribute(name, of: type, mayExist: mayHave(name, type)), at: expression)
            return .failure(TypedExpression(expression, nil, [operand.expression]))
        }
        let typed = TypedExpression(expression, attribute.type, [operand.expression])
        guard attribute.isRequired || prior.contains(.attribute(target.shape, name)) else {
            report(.uncheckedAttribute(name, of: type), at: expression)
            return .failure(typed)
        }
        return .success(typed).after(operand)
    }

    /// The source of capabilities. An entity may be missing, so that only for records a required attribute is certain.
    func checkHas(
        _ expression: CoreExpression, _ target: CoreExpression, _ name: Text, _ prior: Set<Capability>
    ) -> TypeAnswer {
        let operand = expect(target, [.anyEntity, .anyRecord], prior)
        guard let type = operand.type else {
            return .failure(TypedExpression(expression, .bool, [operand.expression]))
        }
        let capability = Capability.attribute(target.shape, name)
        guard let attribute = attribute(name, of: type) else {
            let answer: CedarType = mayHave(name, type) ? .bool : .boolean(.false)
            return .success(TypedExpression(expression, answer, [operand.expression])).after(operand)
        }
        let isCertain = prior.contains(capability) || (attribute.isRequired && type.isRecord)
        let typed = TypedExpression(expression, isCertain ? .boolean(.true) : .bool, [operand.expression])
        return TypeAnswer.success(typed, [capability]).after(operand)
    }

    func checkIs(
        _ expression: CoreExpression, _ operand: CoreExpression, _ tested: EntityType, _ prior: Set<Capability>
    ) -> TypeAnswer {
        let operand = expect(operand, [.anyEntity], prior)
        guard case .entity(let types) = operand.type else {
            return .failure(TypedExpression(expression, .bool, [operand.expression]))
        }
        var type = CedarType.bool
        if case .of(let types) = types {
            if !types.contains(tested) { type = .boolean(.false) }
            if types == [tested] { type = .boolean(.true) }
        }
        return .success(TypedExpression(expression, type, [operand.expression])).after(operand)
    }

    /// The types of the tags that entities of these types can have; types without tags do not count.
    private func tagTypes(_ types: EntityTypes) -> Set<CedarType> {
        switch types {
        case .any: Set(schema.entityTypes.values.compactMap(\.tags))
        case .of(let types): Set(types.compactMap { schema.entityTypes[$0]?.tags })
        }
    }

    func checkHasTag(
        _ expression: CoreExpression, _ target: CoreExpression, _ name: CoreExpression, _ prior: Set<Capability>
    ) -> TypeAnswer {
        let operand = expect(target, [.anyEntity], prior)
        let tag = expect(name, [.string], prior)
        let children = [operand.expression, tag.expression]
        guard case .entity(let types) = operand.type else {
            return .failure(TypedExpression(expression, nil, children))
        }
        let capability = Capability.tag(target.shape, name.shape)
        let type: CedarType =
            tagTypes(types).isEmpty ? .boolean(.false) : prior.contains(capability) ? .boolean(.true) : .bool
        return TypeAnswer.success(TypedExpression(expression, type, children), [capability]).after(operand, tag)
    }

    func checkGetTag(
        _ expression: CoreExpression, _ target: CoreExpression, _ name: CoreExpression, _ prior: Set<Capability>
    ) -> TypeAnswer {
        let operand = expect(target, [.anyEntity], prior)
        let tag = expect(name, [.string], prior)
        let children = [operand.expression, tag.expression]
        let failure = TypeAnswer.failure(TypedExpression(expression, nil, children))
        guard let type = operand.type, case .entity(let types) = type else { return failure }
        guard prior.contains(.tag(target.shape, name.shape)) else {
            report(.uncheckedTag(of: type), at: expression)
            return failure
        }
        let possible = tagTypes(types)
        guard !possible.isEmpty else {
            report(.noTags(of: type), at: expression)
            return failure
        }
        guard let tags = bound(possible.sorted { $0.description < $1.description }, .getTag, at: expression) else {
            return failure
        }
        return .success(TypedExpression(expression, tags, children)).after(operand, tag)
    }
}
