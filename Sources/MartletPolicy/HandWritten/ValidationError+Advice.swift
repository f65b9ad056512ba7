import MartletCedar

extension ValidationError.Kind {
    var isScope: Bool { if case .scopeNeverApplies = self { true } else { false } }

    /// What is wrong, for the operator's line.
    var text: String {
        switch self {
        case .unknownEntityType(let type): "there is no entity type \(type)"
        case .unknownAction(let uid): "there is no action \(uid)"
        case .unknownEnumeratedEntity(let uid): "there is no \(uid)"
        case .scopeNeverApplies: "its scope fits no call"
        case .unexpectedType(let expected, let found):
            "expected \(expected.map(\.description).joined(separator: " or ")), found \(found)"
        case .incompatibleTypes(let types, let place):
            "types that do not go together in \(place.rawValue): \(types.map(\.description).joined(separator: ", "))"
        case .unknownAttribute(let name, let type, _): "\(type) has no attribute \(Value.string(name))"
        case .uncheckedAttribute(let name, _): "\(Value.string(name)) may be missing"
        case .uncheckedTag: "the tag may be missing"
        case .noTags(let type): "\(type) has no tags"
        case .wrongArgumentCount(let function, let expected, let found):
            "\(function.rawValue) takes \(expected) arguments, found \(found)"
        case .invalidLiteral(let function): "\(function.rawValue)(…) does not understand this text"
        case .emptySet: "the type of [] is open"
        case .computedLiteral(let function): "\(function.rawValue)(…) takes a text that is written out"
        case .levelExceeded, .dereferencedLiteral, .untraceable: "it looks too far into entities"
        case .tooComplex: "it is too large"
        }
    }

    /// How to put it right.
    func advice(in schema: Schema) -> String {
        switch self {
        case .unknownAction(let uid):
            let known = schema.actions.keys.filter { !$0.id.string.hasSuffix("/tasks/update") }.map(\.id.string)
            let advice = Spelling.nearest(to: uid.id.string, among: known).map { "did you mean Action::\"\($0)\"?" }
            return advice ?? "name the tool under tools: of its upstream in the configuration"
        case .unknownEnumeratedEntity(let uid):
            return Spelling.advice(for: uid.id.string, among: schema.entityTypes[uid.type]?.ids?.map(\.string) ?? [])
        case .unknownEntityType(let type):
            return Spelling.advice(for: type.description, among: schema.entityTypes.keys.map(\.description))
        case .unknownAttribute:
            return "bind the argument under tools: of its upstream; `martlet grants compile --schema` shows all names"
        case .uncheckedAttribute(let name, _): return "ask first whether it is there: … has \(Value.string(name)) && …"
        case .scopeNeverApplies: return "correct principal, action or resource"
        default: return "correct it; `martlet grants compile --schema` shows the types"
        }
    }
}
