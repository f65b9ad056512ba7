/// How large a schema may be before it is refused. Every limit is inclusive.
///
/// Common types share their definition, so that a short text can stand for a huge type; and the hierarchies and
/// request environments are products. All three are counted before they are built.
public struct SchemaLimits: Hashable, Sendable {
    /// Longest schema text or JSON, in bytes. Default 4 MiB.
    public var maximumBytes = 4 << 20
    /// Deepest nesting of sets and records, common types expanded; `Set<Long>` has depth 2. Default 32.
    public var maximumTypeDepth = 32
    /// Most nodes of one type, common types expanded. Default 65,536.
    public var maximumTypeNodes = 1 << 16
    /// Most pairs of ancestor and descendant, over entity types and actions. Default 1,048,576.
    public var maximumHierarchyPairs = 1 << 20
    /// Most combinations of principal type, action and resource type. Default 262,144.
    public var maximumEnvironments = 1 << 18

    /// The defaults.
    public init() {}
}
