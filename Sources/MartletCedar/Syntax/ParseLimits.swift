/// How much of a policy or schema text is read before it is refused. Every limit is inclusive.
public struct ParseLimits: Hashable, Sendable {
    /// Longest source, in bytes. Default 16 MiB: about 50,000 policies.
    public var maximumBytes = 16 << 20
    /// Deepest nesting of parentheses, lists, records, `if` and arguments. Default 200: each level takes about ten
    /// stack frames of the parser.
    public var maximumNesting = 200
    /// Highest expression tree; a chain of `n` operators has height `n`. Default 1,000: whatever walks a tree recurses.
    public var maximumHeight = 1_000
    /// Most policies in one source. Default 100,000.
    public var maximumPolicies = 100_000

    /// The defaults.
    public init() {}
}
