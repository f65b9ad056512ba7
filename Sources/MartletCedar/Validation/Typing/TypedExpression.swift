/// An expression with the types that were found, without the parts that cannot be reached.
///
/// Made for one environment; the level check reads it.
final class TypedExpression: Sendable {
    let core: CoreExpression
    /// Nil when it has none: an error was reported.
    let type: CedarType?
    /// The typed operands, in the order of ``CoreExpression/Node``; both branches of a conditional are the same when
    /// only one can be reached.
    let children: [TypedExpression]

    init(_ core: CoreExpression, _ type: CedarType?, _ children: [TypedExpression] = []) {
        self.core = core
        self.type = type
        self.children = children
    }
}

/// What holds when an expression is true: an attribute or tag is there.
enum Capability: Hashable, Sendable {
    /// The shape of the entity or record, and the attribute.
    case attribute(Int, Text)
    /// The shapes of the entity and of the tag's name.
    case tag(Int, Int)
}

/// What the typechecker found out about one expression.
struct TypeAnswer {
    let expression: TypedExpression
    /// Empty after a failure.
    let capabilities: Set<Capability>
    /// Whether no error is inside. A failed expression can have a type all the same, to go on with.
    let isSuccess: Bool

    static func success(_ expression: TypedExpression, _ capabilities: Set<Capability> = []) -> TypeAnswer {
        TypeAnswer(expression: expression, capabilities: capabilities, isSuccess: true)
    }

    static func failure(_ expression: TypedExpression) -> TypeAnswer {
        TypeAnswer(expression: expression, capabilities: [], isSuccess: false)
    }

    var type: CedarType? { expression.type }

    /// The same, failed when one of `others` did.
    func after(_ others: TypeAnswer...) -> TypeAnswer {
        others.allSatisfy(\.isSuccess) ? self : .failure(expression)
    }
}
