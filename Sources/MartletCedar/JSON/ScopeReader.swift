import MartletJSON

/// Reads the scopes of the JSON policy format. Source: cedar-policy 4.12, `est/scope_constraints.rs`.
enum ScopeReader {
    /// The scope of the principal or of the resource; the slot is that of the same variable.
    static func constraint(_ json: JSONValue, _ slot: Slot) throws(JSONShapeError) -> ScopeConstraint {
        try json.requireObject()
        switch try json.text("op") {
        case "All", "all": return .any
        case "==": return .equal(try reference(json, slot))
        case "in": return .in(try reference(json, slot))
        case "is":
            try json.requireMembers(["op", "entity_type", "in"])
            let type = try ValueReader.name(try json.text("entity_type"))
            guard let container = json.member("in"), !container.isNull else { return .isType(type) }
            return .isTypeIn(
                type, try JSONValue.at("in") { () throws(JSONShapeError) in try reference(container, slot) })
        default: throw JSONShapeError(.expected("`All`, `==`, `in` or `is`"), path: ["op"])
        }
    }

    static func action(_ json: JSONValue) throws(JSONShapeError) -> ActionConstraint {
        try json.requireObject()
        switch try json.text("op") {
        case "All", "all": return .any
        case "==": return .equal(try actionUID(try json.required("entity")))
        case "in":
            if let entity = json.member("entity") { return .in(try actionUID(entity)) }
            let list = try json.required("entities")
            return try JSONValue.at("entities") { () throws(JSONShapeError) in
                .inAny(try list.array { (item) throws(JSONShapeError) in try actionUID(item) })
            }
        default: throw JSONShapeError(.expected("`All`, `==` or `in`"), path: ["op"])
        }
    }

    private static func reference(_ json: JSONValue, _ slot: Slot) throws(JSONShapeError) -> EntityReference {
        if let entity = json.member("entity") {
            return .entity(try JSONValue.at("entity") { () throws(JSONShapeError) in try ValueReader.uid(entity) })
        }
        guard try json.text("slot") == Text(slot.rawValue) else {
            throw JSONShapeError(.expected("`\(slot.rawValue)`"), path: ["slot"])
        }
        return .slot
    }

    private static func actionUID(_ json: JSONValue) throws(JSONShapeError) -> EntityUID {
        let uid = try ValueReader.uid(json)
        guard uid.type.isAction else { throw JSONShapeError(.expected("an entity of type `Action`")) }
        return uid
    }
}
