import MartletCedar
import MartletJSON

extension PolicyLoading {
    /// Links templates by a JSON list of `template_id`, `link_id` and `args`, as the command line of the reference takes them,
    /// or of `templateId`, `newId` and `values`, as in the JSON of policies.
    mutating func addLinks(_ file: PolicyFile) throws(PolicyFault) {
        guard let json = file.json, json.kind == .array else {
            throw file.fault(nil, "expected a JSON list of links", remedy: WrittenLink.remedy)
        }
        for (index, item) in json.elements.enumerated() {
            guard let link = WrittenLink(item) else {
                throw file.fault(nil, "link \(index + 1) is none", remedy: WrittenLink.remedy)
            }
            try add(link, file)
        }
    }
}

/// A template, an id for the link, and what fills the slots.
struct WrittenLink {
    let template: PolicyID
    let id: PolicyID
    let slots: [Slot: EntityUID]

    static let remedy = #"write {"template_id": "t", "link_id": "l", "args": {"?principal": "User::\"ann\""}}"#

    /// Nil when members are missing, or there are others.
    init?(_ json: JSONValue) {
        let forms = [["template_id", "link_id", "args"], ["templateId", "newId", "values"]]
        guard json.kind == .object, json.count == 3,
            let names = forms.first(where: { names in names.allSatisfy { json[$0] != nil } }),
            let template = json[names[0]]?.string, let id = json[names[1]]?.string, let values = json[names[2]],
            values.kind == .object
        else { return nil }
        var slots: [Slot: EntityUID] = [:]
        for (key, value) in values.members {
            guard let slot = Slot(rawValue: key), let uid = value.uid else { return nil }
            slots[slot] = uid
        }
        self.template = Text(template)
        self.id = Text(id)
        self.slots = slots
    }
}
