/// `when { … }` or `unless { … }`
public struct Condition: Hashable, Sendable {
    /// Whether the body has to be true or false.
    public enum Kind: String, Hashable, Sendable {
        /// The body has to be true.
        case when
        /// The body has to be false.
        case unless
    }

    /// Which of both.
    public let kind: Kind
    /// The expression.
    public let body: Expression

    /// Creates a condition.
    public init(_ kind: Kind, _ body: Expression) {
        self.kind = kind
        self.body = body
    }
}
