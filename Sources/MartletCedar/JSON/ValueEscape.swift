import MartletJSON

/// An object that stands for something other than a record. Source: cedar-policy 4.12, `RawCedarValueJson`.
enum ValueEscape {
    /// `{"__expr": "…"}`
    case expression
    /// `{"__entity": {"type": "…", "id": "…"}}`; the inner object.
    case entity(JSONValue)
    /// `{"__extn": {"fn": "…", "arg": …}}` or `{"__extn": {"fn": "…", "args": […]}}`
    case call(Text, [JSONValue])

    /// Reads an escape; nil for an object that is a record: only an object with this one member is an escape.
    init?(_ json: JSONValue) {
        guard json.count == 1 else { return nil }
        if let inner = json.member("__extn"), let call = ValueEscape(call: inner) {
            self = call
        } else if json.member("__expr")?.string != nil {
            self = .expression
        } else if let inner = json.member("__entity"), inner.member("type")?.string != nil,
            inner.member("id")?.string != nil
        {
            self = .entity(inner)
        } else {
            return nil
        }
    }

    /// `{"fn": "…", "arg": …}` or `{"fn": "…", "args": […]}`
    init?(call json: JSONValue) {
        guard let name = json.member("fn")?.string else { return nil }
        if let argument = json.member("arg") {
            self = .call(Text(name), [argument])
        } else if let arguments = json.member("args"), arguments.kind == .array {
            self = .call(Text(name), Array(arguments.elements))
        } else {
            return nil
        }
    }
}
