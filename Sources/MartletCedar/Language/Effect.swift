/// What a satisfied policy asks for.
public enum Effect: String, Hashable, Sendable, CaseIterable {
    /// Allow, unless a `forbid` is satisfied.
    case permit
    /// Deny.
    case forbid
}

/// The id of a policy, template or link; any text.
public typealias PolicyID = Text
