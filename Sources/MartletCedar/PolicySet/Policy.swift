/// A policy that takes part in decisions: written as it is, or a template with its slots filled.
public struct Policy: Hashable, Sendable {
    /// The id.
    public let id: PolicyID
    /// The policy; its scope has no slots.
    public let body: PolicyBody
    /// Where it came from when it is a link.
    public let link: Link?

    /// The template of a policy and what fills its slots.
    public struct Link: Hashable, Sendable {
        /// The id of the template.
        public let template: PolicyID
        /// An entity for each slot of the template.
        public let slots: [Slot: EntityUID]
    }

    init(id: PolicyID, body: PolicyBody, link: Link? = nil) {
        self.id = id
        self.body = body
        self.link = link
    }
}

/// A policy with slots in its scope, which takes no part in decisions before it is linked.
public struct Template: Hashable, Sendable {
    /// The id; those of policies and templates differ.
    public let id: PolicyID
    /// The template as written.
    public let body: PolicyBody
}
