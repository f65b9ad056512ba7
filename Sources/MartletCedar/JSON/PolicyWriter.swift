import MartletJSON

/// Writes policies in the JSON format.
struct PolicyWriter {
    var json = JSONWriter()

    mutating func write(_ body: PolicyBody) {
        json.beginObject()
        json.member("effect", string: body.effect.rawValue)
        write("principal", body.principal, .principal)
        write(body.action)
        write("resource", body.resource, .resource)
        json.key("conditions")
        json.beginArray()
        for condition in body.conditions { write(condition) }
        json.endArray()
        if !body.annotations.isEmpty { write(body.annotations) }
        json.endObject()
    }

    private mutating func write(_ condition: Condition) {
        json.beginObject()
        json.member("kind", string: condition.kind.rawValue)
        json.key("body")
        var writer = ExpressionWriter(json: json)
        writer.write(condition.body)
        json = writer.json
        json.endObject()
    }

    private mutating func write(_ annotations: [Annotation]) {
        json.key("annotations")
        json.beginObject()
        for annotation in annotations {
            json.key(annotation.name.string)
            if let value = annotation.value { json.string(value.string) } else { json.null() }
        }
        json.endObject()
    }

    private mutating func write(_ key: String, _ constraint: ScopeConstraint, _ slot: Slot) {
        json.key(key)
        json.beginObject()
        switch constraint {
        case .any: json.member("op", string: "All")
        case .equal(let reference):
            json.member("op", string: "==")
            write(reference, slot)
        case .in(let reference):
            json.member("op", string: "in")
            write(reference, slot)
        case .isType(let type):
            json.member("op", string: "is")
            json.member("entity_type", string: type.description)
        case .isTypeIn(let type, let reference):
            json.member("op", string: "is")
            json.member("entity_type", string: type.description)
            json.key("in")
            json.beginObject()
            write(reference, slot)
            json.endObject()
        }
        json.endObject()
    }

    private mutating func write(_ reference: EntityReference, _ slot: Slot) {
        switch reference {
        case .slot: json.member("slot", string: slot.rawValue)
        case .entity(let uid):
            json.key("entity")
            json.typeAndID(uid)
        }
    }

    private mutating func write(_ action: ActionConstraint) {
        json.key("action")
        json.beginObject()
        switch action {
        case .any: json.member("op", string: "All")
        case .equal(let uid):
            json.member("op", string: "==")
            write(.entity(uid), .principal)
        case .in(let uid):
            json.member("op", string: "in")
            write(.entity(uid), .principal)
        case .inAny(let uids):
            json.member("op", string: "in")
            json.key("entities")
            json.beginArray()
            for uid in uids { json.typeAndID(uid) }
            json.endArray()
        }
        json.endObject()
    }
}

extension PolicyBody {
    /// The policy in the JSON format.
    public var json: [UInt8] {
        var writer = PolicyWriter()
        writer.write(self)
        return writer.json.bytes
    }
}

extension PolicySet {
    /// The policy set in the JSON format: `staticPolicies`, `templates` and `templateLinks`.
    public var json: [UInt8] {
        var writer = PolicyWriter()
        writer.json.beginObject()
        writer.write("staticPolicies", policies.filter { $0.link == nil }.map { ($0.id, $0.body) })
        writer.write("templates", templates.map { ($0.id, $0.body) })
        writer.json.key("templateLinks")
        writer.json.beginArray()
        for policy in policies {
            if let link = policy.link { writer.write(link, policy.id) }
        }
        writer.json.endArray()
        writer.json.endObject()
        return writer.json.bytes
    }
}

extension PolicyWriter {
    fileprivate mutating func write(_ key: String, _ bodies: [(PolicyID, PolicyBody)]) {
        json.key(key)
        json.beginObject()
        for (id, body) in bodies {
            json.key(id.string)
            write(body)
        }
        json.endObject()
    }

    fileprivate mutating func write(_ link: Policy.Link, _ id: PolicyID) {
        json.beginObject()
        json.member("templateId", string: link.template.string)
        json.member("newId", string: id.string)
        json.key("values")
        json.beginObject()
        for slot in Slot.allCases {
            guard let uid = link.slots[slot] else { continue }
            json.key(slot.rawValue)
            json.typeAndID(uid)
        }
        json.endObject()
        json.endObject()
    }
}
