extension Evaluator {
    /// `uid in container`: an entity, or a set of nothing but entities.
    func isIn(_ uid: EntityUID, _ container: Value) throws(EvaluationError.Kind) -> Bool {
        switch container {
        case .entity(let container): return entities.isIn(uid, container)
        case .set(let set):
            // One element that is no entity fails the whole operator, wherever it stands.
            var isFound = false
            for element in set.elements {
                let container = try element.entity()
                isFound = isFound || entities.isIn(uid, container)
            }
            return isFound
        default: throw .type(expected: [.set, .entity], found: container.kind)
        }
    }

    func attribute(_ name: Text, of target: Value) throws(EvaluationError.Kind) -> Value {
        switch target {
        case .record(let record):
            guard let value = record[name] else { throw .noSuchKey(name) }
            return value
        case .entity(let uid):
            guard let entity = entities.entity(uid) else { throw .noSuchEntity(uid) }
            guard let value = entity.attributes[name] else { throw .noSuchAttribute(uid, name) }
            return value
        default: throw .type(expected: [.record, .entity], found: target.kind)
        }
    }

    /// `target has a.b`: every name but the last one leads on to the next value.
    func has(_ path: ArraySlice<Text>, _ target: Value) throws(EvaluationError.Kind) -> Bool {
        var target = target
        for name in path {
            let found: Value? =
                switch target {
                case .record(let record): record[name]
                case .entity(let uid): entities.entity(uid)?.attributes[name]
                default: throw .type(expected: [.record, .entity], found: target.kind)
                }
            guard let found else { return false }
            target = found
        }
        return true
    }

    /// `uid.getTag(name)` or `uid.hasTag(name)`
    func tag(
        _ symbol: BinaryOperator, of uid: EntityUID, _ name: Text
    ) throws(EvaluationError.Kind) -> Value {
        let entity = entities.entity(uid)
        let tag = entity?.tags[name]
        guard symbol == .getTag else { return .bool(tag != nil) }
        guard entity != nil else { throw .noSuchEntity(uid) }
        guard let tag else { throw .noSuchTag(uid, name) }
        return tag
    }
}
