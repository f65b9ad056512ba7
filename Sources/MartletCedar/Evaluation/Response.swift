/// The answer to a request.
public enum Decision: String, Hashable, Sendable {
    /// At least one `permit` is satisfied and no `forbid`.
    case allow
    /// Everything else.
    case deny
}

/// The answer to a request, and where it comes from. The ids are in the order of the policy set.
public struct Response: Hashable, Sendable {
    /// The answer of Cedar: policies that fail to evaluate count as not satisfied.
    public let decision: Decision
    /// All satisfied `permit` policies, also when the answer is no.
    public let permits: [PolicyID]
    /// All satisfied `forbid` policies.
    public let forbids: [PolicyID]
    /// The policies that failed to evaluate. Who has to be safe against a lost `forbid` denies when there are any.
    public let errors: [Failure]

    /// A policy that failed to evaluate.
    public struct Failure: Hashable, Sendable {
        /// The id of the policy.
        public let policy: PolicyID
        /// Why.
        public let error: EvaluationError
    }

    init(permits: [PolicyID], forbids: [PolicyID], errors: [Failure]) {
        self.permits = permits
        self.forbids = forbids
        self.errors = errors
        decision = forbids.isEmpty && !permits.isEmpty ? .allow : .deny
    }

    /// The policies that Cedar gives as reason: the satisfied `forbid` ones when there are any, else the `permit` ones.
    public var determining: [PolicyID] { forbids.isEmpty ? permits : forbids }
}
