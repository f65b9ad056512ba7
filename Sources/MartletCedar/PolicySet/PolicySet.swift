/// Policies, templates and links with their ids, in the order in which they came.
public struct PolicySet: Sendable {
    /// What takes part in decisions: policies and links.
    public private(set) var policies: [Policy] = []
    /// What waits for links.
    public private(set) var templates: [Template] = []
    private var policyIndex: [PolicyID: Int] = [:]
    private var templateIndex: [PolicyID: Int] = [:]

    /// Creates an empty set.
    public init() {}

    /// The policy or link of this id; nil when there is none.
    public func policy(_ id: PolicyID) -> Policy? { policyIndex[id].map { policies[$0] } }

    /// The template of this id; nil when there is none.
    public func template(_ id: PolicyID) -> Template? { templateIndex[id].map { templates[$0] } }

    /// Adds a policy, or a template when `body` has slots.
    public mutating func add(_ body: PolicyBody, id: PolicyID) throws(PolicySetError) {
        try checkFree(id)
        if body.isTemplate {
            templateIndex[id] = templates.count
            templates.append(Template(id: id, body: body))
        } else {
            policyIndex[id] = policies.count
            policies.append(Policy(id: id, body: body))
        }
    }

    /// Fills the slots of a template; the result takes part in decisions as a policy with the id `id`.
    public mutating func link(
        template templateID: PolicyID, id: PolicyID, slots: [Slot: EntityUID]
    ) throws(PolicySetError) {
        guard let template = template(templateID) else { throw .noSuchTemplate(templateID) }
        try checkFree(id)
        let open = template.body.slots
        for slot in Slot.allCases where open.contains(slot) && slots[slot] == nil {
            throw .missingSlot(slot, template: templateID)
        }
        for slot in Slot.allCases where !open.contains(slot) && slots[slot] != nil {
            throw .unknownSlot(slot, template: templateID)
        }
        var body = template.body
        if let uid = slots[.principal] { body.principal = body.principal.filled(with: uid) }
        if let uid = slots[.resource] { body.resource = body.resource.filled(with: uid) }
        policyIndex[id] = policies.count
        policies.append(Policy(id: id, body: body, link: Policy.Link(template: templateID, slots: slots)))
    }

    private func checkFree(_ id: PolicyID) throws(PolicySetError) {
        guard policyIndex[id] == nil, templateIndex[id] == nil else { throw .duplicateID(id) }
    }
}
