/// An expression prepared for evaluation: a flat list of steps that name each other by index.
///
/// Constants are computed once, also those that fail. Steps have no references, so that reading one costs nothing, and
/// each operand is evaluated at most once, so that evaluation takes time in proportion to the size of the expression.
/// A reference: a policy's programs are looked at for every request, and copying one would retain each of its lists.
final class Program: Sendable {
    enum Step: Sendable {
        case constant(Int32)
        /// A constant that has no value; the index of its error.
        case failure(Int32)
        case variable(Variable)
        case ifThenElse(Int32, Int32, Int32)
        case and(Int32, Int32)
        case or(Int32, Int32)
        case unary(UnaryOperator, Int32)
        case binary(BinaryOperator, Int32, Int32)
        /// Arguments are `operands[first..<first + count]`.
        case call(ExtensionFunction, first: Int32, count: Int32)
        /// Operand and index of the text.
        case getAttribute(Int32, Int32)
        /// `context.a.b` in one step: as many texts from `text` on are the path. Where it leads nowhere, the step of the last
        /// attribute is asked, which says why.
        case contextPath(Int32, text: Int32, count: Int32)
        /// As many texts from `text` on are the path.
        case hasAttribute(Int32, text: Int32, count: Int32)
        case like(Int32, Int32)
        case isType(Int32, Int32)
        case isTypeIn(Int32, Int32, Int32)
        case set(first: Int32, count: Int32)
        /// As many texts from `text` on are the keys.
        case record(first: Int32, count: Int32, text: Int32)
    }

    let steps: [Step]
    /// The place of each step in the source.
    let spans: [SourceSpan]
    let constants: [Value]
    let failures: [EvaluationError]
    let operands: [Int32]
    let texts: [Text]
    let patterns: [Pattern]
    let types: [EntityType]
    /// The step that gives the result.
    let root: Int32

    /// Prepares an expression; recursion is bounded by its height.
    init(_ expression: Expression) {
        var lists = ProgramLists()
        root = lists.append(expression)
        steps = lists.steps
        spans = lists.spans
        constants = lists.constants
        failures = lists.failures
        operands = lists.operands
        texts = lists.texts
        patterns = lists.patterns
        types = lists.types
    }
}
