/// An expression in the few forms that the typechecker knows. Source: cedar-policy 4.12, `ast/expr.rs`.
///
/// `a != b` is `!(a == b)`, `a has b.c` is `a has b && a.b has c`, and so on; `&&` and `||` of two written booleans are
/// one written boolean, as in the reference, where this decides about types.
final class CoreExpression: Sendable {
    enum Node: Sendable {
        case literal(Expression.Literal)
        case variable(Variable)
        case slot(Slot)
        case conditional(CoreExpression, CoreExpression, CoreExpression)
        case and(CoreExpression, CoreExpression)
        case or(CoreExpression, CoreExpression)
        case unary(UnaryOperator, CoreExpression)
        /// Without `!=`, `>` and `>=`.
        case binary(BinaryOperator, CoreExpression, CoreExpression)
        case call(ExtensionFunction, [CoreExpression])
        case getAttribute(CoreExpression, Text)
        case hasAttribute(CoreExpression, Text)
        case like(CoreExpression)
        case isType(CoreExpression, EntityType)
        case set([CoreExpression])
        /// By the keys' bytes.
        case record([(key: Text, value: CoreExpression)])
    }

    let node: Node
    let span: SourceSpan
    /// The same number for the same tree, within one policy.
    let shape: Int
    /// The height of the tree: 1 for a leaf.
    let height: Int

    init(_ node: Node, at span: SourceSpan, shape: Int) {
        self.node = node
        self.span = span
        self.shape = shape
        height = 1 + node.children.reduce(0) { max($0, $1.height) }
    }
}

extension CoreExpression.Node {
    /// The expressions inside.
    var children: [CoreExpression] {
        switch self {
        case .literal, .variable, .slot: []
        case .conditional(let condition, let then, let otherwise): [condition, then, otherwise]
        case .and(let left, let right), .or(let left, let right), .binary(_, let left, let right): [left, right]
        case .unary(_, let operand), .getAttribute(let operand, _), .hasAttribute(let operand, _), .like(let operand),
            .isType(let operand, _):
            [operand]
        case .call(_, let operands), .set(let operands): operands
        case .record(let members): members.map(\.value)
        }
    }
}
