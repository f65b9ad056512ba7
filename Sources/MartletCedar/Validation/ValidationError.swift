/// Why a policy does not fit a schema.
public struct ValidationError: Error, Hashable, Sendable {
    /// What is wrong.
    public enum Kind: Hashable, Sendable {
        case unknownEntityType(EntityType)
        case unknownAction(EntityUID)
        /// An id that the enumeration of its entity type does not have.
        case unknownEnumeratedEntity(EntityUID)
        /// No request that the schema allows can satisfy the scope. `in` instead of `==` would change that where said.
        case scopeNeverApplies(principalNeedsIn: Bool, resourceNeedsIn: Bool)
        /// The expression has the type `found` where one of `expected` is needed.
        case unexpectedType(expected: [CedarType], found: CedarType)
        /// The types have nothing in common.
        case incompatibleTypes([CedarType], Combination)
        /// The attribute is not declared. It may exist all the same when the type is a choice of several.
        case unknownAttribute(Text, of: CedarType, mayExist: Bool)
        /// The attribute is optional, and nothing before it says that it is there.
        case uncheckedAttribute(Text, of: CedarType)
        /// Nothing before says that the tag is there.
        case uncheckedTag(of: CedarType)
        case noTags(of: CedarType)
        case wrongArgumentCount(ExtensionFunction, expected: Int, found: Int)
        /// The constructor does not accept this text.
        case invalidLiteral(ExtensionFunction)
        /// Strict mode: the type of `[]` is open.
        case emptySet
        /// Strict mode: the argument of a constructor is computed.
        case computedLiteral(ExtensionFunction)
        /// The policy looks further into the entities than was allowed.
        case levelExceeded(found: Int, maximum: Int)
        /// The policy looks into an entity that the request does not name.
        case dereferencedLiteral
        /// What is looked into cannot be followed back to the request.
        case untraceable
        /// The policy is too deep or takes too many steps.
        case tooComplex
    }

    /// Where types have to go together.
    public enum Combination: String, Hashable, Sendable {
        case set, conditional, equality, contains, containsAnyOrAll, getTag
    }

    /// The policy or template.
    public let policy: PolicyID
    /// What is wrong.
    public let kind: Kind
    /// Where in the text.
    public let span: SourceSpan
}

/// What is suspicious about a policy that fits the schema.
public enum ValidationWarning: Hashable, Sendable {
    /// No request that the schema allows satisfies the policy.
    case impossiblePolicy(PolicyID)
}

/// What the validator says about policies.
public struct ValidationResult: Hashable, Sendable {
    /// By policy, in the order in which they were found; each once.
    public internal(set) var errors: [ValidationError] = []
    /// What is suspicious; does not make policies invalid.
    public internal(set) var warnings: [ValidationWarning] = []

    /// Whether there are no errors.
    public var isValid: Bool { errors.isEmpty }
}
