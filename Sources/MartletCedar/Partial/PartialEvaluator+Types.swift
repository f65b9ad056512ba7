extension PartialEvaluator {
    /// The type of what can be reached from the request; nil for everything else.
    func type(of expression: Expression) -> CedarType? {
        switch expression.node {
        case .variable(.principal): return .entity(request.principal.type)
        case .variable(.action): return .entity(request.action.type)
        case .variable(.resource): return .entity(request.resource.type)
        case .variable(.context): return schema.actions[request.action].map { .record($0.context) }
        case .literal(.entity(let uid)): return .entity(uid.type)
        case .getAttribute(let target, let name):
            switch type(of: target) {
            case .record(let record): return record[name]?.type
            case .entity(.of(let types)): return schema.attributes(of: types)[name]?.type
            default: return nil
            }
        case .binary(.getTag, let target, _): return entityType(of: target).flatMap { schema.entityTypes[$0]?.tags }
        default: return nil
        }
    }

    /// The type of an entity that can be reached from the request.
    func entityType(of expression: Expression) -> EntityType? {
        guard case .entity(let types) = type(of: expression) else { return nil }
        return types.single
    }

    /// Whether an expression has a value for every completion. A no is always right.
    func cannotFail(_ expression: Expression) -> Bool {
        switch expression.node {
        case .slot, .unary(.negate, _): false
        case .binary(let symbol, _, _): symbol.cannotFail && expression.node.children.allSatisfy(cannotFail)
        case .getAttribute(let target, let name): isRequired(name, of: target) && cannotFail(target)
        case .call(let function, let arguments):
            function.isConstructor
                ? isValue(function, arguments) : function.cannotFail && arguments.allSatisfy(cannotFail)
        default: expression.node.children.allSatisfy(cannotFail)
        }
    }

    /// Entities that the schema describes need not exist; records do.
    private func isRequired(_ name: Text, of target: Expression) -> Bool {
        guard case .record(let type) = type(of: target) else { return false }
        return type[name]?.isRequired ?? false
    }

    private func isValue(_ function: ExtensionFunction, _ arguments: [Expression]) -> Bool {
        guard arguments.count == 1, case .literal(.string(let text)) = arguments[0].node else { return false }
        do throws(EvaluationError.Kind) {
            _ = try function.result(of: [.string(text)])
            return true
        } catch {
            return false
        }
    }
}

extension BinaryOperator {
    /// Whether the operator has a result for all values of the right types.
    fileprivate var cannotFail: Bool {
        switch self {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .in, .contains, .containsAll,
            .containsAny,
            .hasTag:
            true
        case .add, .subtract, .multiply, .getTag: false
        }
    }
}

extension ExtensionFunction {
    /// Whether the function has a result for all values of the right types.
    fileprivate var cannotFail: Bool {
        switch self {
        case .decimal, .ip, .datetime, .duration, .offset, .durationSince, .toDate: false
        case .lessThan, .lessThanOrEqual, .greaterThan, .greaterThanOrEqual, .isIpv4, .isIpv6, .isLoopback,
            .isMulticast,
            .isInRange, .toTime, .toMilliseconds, .toSeconds, .toMinutes, .toHours, .toDays:
            true
        }
    }
}
