/// A node of the syntax tree with its place in the source. Equal when the trees are, wherever they stand.
///
/// The operators that Cedar explains by others (`!=`, `>`, `>=`, `has a.b`, `is … in`) are kept as written.
public struct Expression: Sendable {
    /// What it is.
    public let node: Node
    /// Where it stands; ``SourceSpan/none`` when it was not read from text.
    public let span: SourceSpan
    /// The height of the tree: 1 for a leaf.
    public let height: Int

    /// Creates an expression.
    public init(_ node: Node, at span: SourceSpan = .none) {
        self.node = node
        self.span = span
        height = 1 + node.children.reduce(0) { max($0, $1.height) }
    }

    /// The kinds of expressions.
    public indirect enum Node: Hashable, Sendable {
        /// A boolean, integer, string or entity.
        case literal(Literal)
        /// `principal`, `action`, `resource` or `context`.
        case variable(Variable)
        /// `?principal` or `?resource`; in scopes of templates only.
        case slot(Slot)
        /// `if a then b else c`
        case ifThenElse(Expression, Expression, Expression)
        /// `a && b`
        case and(Expression, Expression)
        /// `a || b`
        case or(Expression, Expression)
        /// `!a`, `-a`, `a.isEmpty()`
        case unary(UnaryOperator, Expression)
        /// Comparisons, arithmetic, `in`, and methods of sets and tags.
        case binary(BinaryOperator, Expression, Expression)
        /// A function or method of an extension; the number of arguments is checked on evaluation.
        case call(ExtensionFunction, [Expression])
        /// `a.b` or `a["b"]`
        case getAttribute(Expression, Text)
        /// `a has b` or `a has b.c`; at least one name.
        case hasAttribute(Expression, [Text])
        /// `a like "b*"`
        case like(Expression, Pattern)
        /// `a is T` or `a is T in b`
        case isType(Expression, EntityType, in: Expression?)
        /// `[a, b]`
        case set([Expression])
        /// `{a: b}`; the keys differ.
        case record([Field])
    }

    /// A value that is written down as it is.
    public enum Literal: Hashable, Sendable {
        /// `true` or `false`
        case bool(Bool)
        /// An integer.
        case long(Int64)
        /// A string.
        case string(Text)
        /// For example `User::"alice"`.
        case entity(EntityUID)
    }

    /// A key and its value.
    public struct Field: Hashable, Sendable {
        /// The key.
        public let key: Text
        /// The value.
        public let value: Expression

        /// Creates a field.
        public init(key: Text, value: Expression) {
            self.key = key
            self.value = value
        }
    }
}

extension Expression: Hashable {
    /// Equal trees.
    public static func == (left: Expression, right: Expression) -> Bool {
        left.height == right.height && left.node == right.node
    }

    /// Hashes the tree.
    public func hash(into hasher: inout Hasher) { hasher.combine(node) }
}

extension Expression.Node {
    /// The expressions inside, in the order of the text.
    public var children: [Expression] {
        switch self {
        case .literal, .variable, .slot: []
        case .ifThenElse(let condition, let then, let otherwise): [condition, then, otherwise]
        case .and(let left, let right), .or(let left, let right), .binary(_, let left, let right): [left, right]
        case .unary(_, let operand), .getAttribute(let operand, _), .hasAttribute(let operand, _),
            .like(let operand, _), .isType(let operand, _, in: nil):
            [operand]
        case .isType(let operand, _, in: .some(let container)): [operand, container]
        case .call(_, let arguments), .set(let arguments): arguments
        case .record(let fields): fields.map(\.value)
        }
    }
}

extension Expression {
    /// `target has a.b` as `target has a && target.a has b`.
    static func has(_ target: Expression, _ path: [Text]) -> Expression {
        var target = target
        var result: Expression?
        for name in path {
            let next = Expression(.hasAttribute(target, [name]))
            result = result.map { Expression(.and($0, next)) } ?? next
            target = Expression(.getAttribute(target, name))
        }
        return result ?? target
    }
}
