import MartletJSON

/// Reads policies of the JSON format. Source: cedar-policy 4.12, `est.rs`.
enum PolicyReader {
    static func policy(_ json: JSONValue) throws(JSONShapeError) -> PolicyBody {
        try json.requireMembers(["effect", "principal", "action", "resource", "conditions", "annotations"])
        guard let effect = Effect(rawValue: try json.text("effect").string) else {
            throw JSONShapeError(.expected("`permit` or `forbid`"), path: ["effect"])
        }
        let principal = try member("principal", of: json) { (body) throws(JSONShapeError) in
            try ScopeReader.constraint(body, .principal)
        }
        let action = try member("action", of: json) { (body) throws(JSONShapeError) in try ScopeReader.action(body) }
        let resource = try member("resource", of: json) { (body) throws(JSONShapeError) in
            try ScopeReader.constraint(body, .resource)
        }
        let conditions = try member("conditions", of: json) { (list) throws(JSONShapeError) in
            try list.array { (item) throws(JSONShapeError) in try condition(item) }
        }
        return PolicyBody(
            effect, annotations: try annotations(json), principal: principal, action: action, resource: resource,
            conditions: conditions)
    }

    private static func member<T>(
        _ key: StaticString, of json: JSONValue, _ body: (JSONValue) throws(JSONShapeError) -> T
    ) throws(JSONShapeError) -> T {
        let value = try json.required(key)
        return try JSONValue.at("\(key)") { () throws(JSONShapeError) in try body(value) }
    }

    private static func condition(_ json: JSONValue) throws(JSONShapeError) -> Condition {
        try json.requireMembers(["kind", "body"])
        guard let kind = Condition.Kind(rawValue: try json.text("kind").string) else {
            throw JSONShapeError(.expected("`when` or `unless`"), path: ["kind"])
        }
        let body = try member("body", of: json) { (body) throws(JSONShapeError) in
            try ExpressionReader.expression(body)
        }
        guard body.firstSlot == nil else { throw JSONShapeError(.expected("no slot in a condition"), path: ["body"]) }
        return Condition(kind, body)
    }

    private static func annotations(_ json: JSONValue) throws(JSONShapeError) -> [Annotation] {
        guard let annotations = json.member("annotations") else { return [] }
        return try JSONValue.at("annotations") { () throws(JSONShapeError) in
            try annotations.object { (name, value) throws(JSONShapeError) in
                guard Identifier.isWord(name.utf8) else { throw JSONShapeError(.expected("an identifier as name")) }
                return Annotation(name: name, value: try value.isNull ? nil : value.text())
            }
        }
    }
}
