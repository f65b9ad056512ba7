/// What makes two expressions the same: their kind, their words and the shapes inside.
enum ExpressionShape: Hashable {
    case literal(Expression.Literal)
    case variable(Variable)
    case slot(Slot)
    case conditional(Int, Int, Int)
    case and(Int, Int)
    case or(Int, Int)
    case unary(UnaryOperator, Int)
    case binary(BinaryOperator, Int, Int)
    case call(ExtensionFunction, [Int])
    case getAttribute(Int, Text)
    case hasAttribute(Int, Text)
    case like(Int, Pattern)
    case isType(Int, EntityType)
    case set([Int])
    case record([Text], [Int])
}
