import MartletJSON

extension PolicySet {
    /// Reads a policy set of the JSON format: `staticPolicies`, `templates` and `templateLinks`.
    public static func parse(json bytes: [UInt8]) throws(JSONShapeError) -> PolicySet {
        let json = try JSONValue.read(bytes)
        try json.requireMembers(["staticPolicies", "templates", "templateLinks"])
        var set = PolicySet()
        try set.add(json, "staticPolicies", areTemplates: false)
        try set.add(json, "templates", areTemplates: true)
        let links = try json.required("templateLinks")
        try JSONValue.at("templateLinks") { () throws(JSONShapeError) in
            _ = try links.array { (link) throws(JSONShapeError) in try set.add(link: link) }
        }
        return set
    }

    private mutating func add(
        _ json: JSONValue, _ key: StaticString, areTemplates: Bool
    ) throws(JSONShapeError) {
        let policies = try json.required(key)
        let bodies = try JSONValue.at("\(key)") { () throws(JSONShapeError) in
            try policies.object { (id, json) throws(JSONShapeError) in
                let body = try PolicyReader.policy(json)
                guard body.isTemplate == areTemplates else {
                    throw JSONShapeError(.expected(areTemplates ? "a template" : "a policy without slots"))
                }
                return (id, body)
            }
        }
        for (id, body) in bodies {
            do throws(PolicySetError) {
                try add(body, id: id)
            } catch {
                throw JSONShapeError(.policySet(error), path: ["\(key)"])
            }
        }
    }

    private mutating func add(link json: JSONValue) throws(JSONShapeError) {
        try json.requireMembers(["templateId", "newId", "values"])
        let template = try json.text("templateId")
        let id = try json.text("newId")
        let values = try json.required("values")
        var slots: [Slot: EntityUID] = [:]
        let filled = try JSONValue.at("values") { () throws(JSONShapeError) in
            try values.object { (key, value) throws(JSONShapeError) in (key, try ValueReader.uid(value)) }
        }
        for (key, uid) in filled {
            guard let slot = Slot.allCases.first(where: { Text($0.rawValue) == key }) else {
                throw JSONShapeError(.unknown(key.string), path: ["values"])
            }
            slots[slot] = uid
        }
        do throws(PolicySetError) {
            try self.link(template: template, id: id, slots: slots)
        } catch {
            throw JSONShapeError(.policySet(error))
        }
    }
}

extension PolicyBody {
    /// Reads one policy or template of the JSON format.
    public static func parse(json bytes: [UInt8]) throws(JSONShapeError) -> PolicyBody {
        try PolicyReader.policy(try JSONValue.read(bytes))
    }
}
