/// Why a policy set does not take a policy, template or link.
public enum PolicySetError: Error, Hashable, Sendable {
    /// A policy, template or link has this id already.
    case duplicateID(PolicyID)
    /// There is no template of this id.
    case noSuchTemplate(PolicyID)
    /// The link does not fill this slot of the template.
    case missingSlot(Slot, template: PolicyID)
    /// The link fills a slot that the template does not have.
    case unknownSlot(Slot, template: PolicyID)
}

extension PolicySetError: CustomStringConvertible {
    /// A sentence for people.
    public var description: String {
        switch self {
        case .duplicateID(let id): "the policy id `\(id)` is there twice"
        case .noSuchTemplate(let id): "there is no template `\(id)`"
        case .missingSlot(let slot, let id): "the link leaves `\(slot.rawValue)` of the template `\(id)` open"
        case .unknownSlot(let slot, let id): "the template `\(id)` has no slot `\(slot.rawValue)`"
        }
    }
}
