import MartletJSON

/// Reads values of Cedar from JSON. Source: cedar-policy 4.12, `entities/json/value.rs`.
///
/// Recursion is bounded by the depth of the JSON.
enum ValueReader {
    /// Reads a value, by a hint when the schema has one.
    static func value(_ json: JSONValue, _ hint: TypeHint = .plain) throws(JSONShapeError) -> Value {
        switch hint {
        case .plain: return try plain(json)
        case .entity: return .entity(try uid(json))
        case .extension(let constructor): return try hinted(json, constructor)
        case .set(let element):
            return .set(ValueSet(try json.array { (item) throws(JSONShapeError) in try value(item, element) }))
        case .record(let fields, let isOpen): return .record(try record(json, fields, isOpen: isOpen))
        }
    }

    /// The context of a request: a record.
    static func context(_ json: JSONValue, _ hint: TypeHint = .plain) throws(JSONShapeError) -> Record {
        guard case .record(let record) = try value(json, hint) else {
            throw JSONShapeError(.expected("an object that is a record"))
        }
        return record
    }

    /// `{"type": …, "id": …}`, in `{"__entity": …}` or not.
    static func uid(_ json: JSONValue) throws(JSONShapeError) -> EntityUID {
        try json.requireObject()
        if json.member("__expr")?.string != nil { throw JSONShapeError(.expressionEscape) }
        if let inner = json.member("__entity"), inner.member("type")?.string != nil,
            inner.member("id")?.string != nil
        {
            return try typeAndID(inner)
        }
        return try typeAndID(json)
    }

    private static func typeAndID(_ json: JSONValue) throws(JSONShapeError) -> EntityUID {
        EntityUID(type: try name(try json.text("type")), id: try json.text("id"))
    }

    static func name(_ text: Text) throws(JSONShapeError) -> Name {
        guard let name = Name(text) else { throw JSONShapeError(.invalidName(text.string)) }
        return name
    }

    /// A number of 64 bits; `-0` is a fraction for the reference, as it is for IEEE 754.
    static func integer(_ json: JSONValue) throws(JSONShapeError) -> Int64 {
        guard let integer = json.integer, integer != 0 || json.numberText?.utf8.count == 1 else {
            throw JSONShapeError(.notInteger)
        }
        return integer
    }

    /// Members that nobody reads must be values too, as far as numbers go.
    static func requireIntegers(_ json: JSONValue) throws(JSONShapeError) {
        if json.kind == .number { _ = try integer(json) }
        for element in json.elements { try requireIntegers(element) }
        for (_, value) in json.members { try requireIntegers(value) }
    }

    private static func plain(_ json: JSONValue) throws(JSONShapeError) -> Value {
        switch json.kind {
        case .null: throw JSONShapeError(.null)
        case .boolean: return .bool(json.bool ?? false)
        case .number: return .long(try integer(json))
        case .string: return .string(try json.text())
        case .array: return .set(ValueSet(try json.array { (item) throws(JSONShapeError) in try plain(item) }))
        case .object:
            if let escape = ValueEscape(json) {
                try requireIntegers(json)
                return try escaped(escape)
            }
            let fields = try json.object { (key, item) throws(JSONShapeError) in
                Record.Field(key: key, value: try plain(item))
            }
            return .record(Record(fields))
        }
    }

    private static func escaped(_ escape: ValueEscape) throws(JSONShapeError) -> Value {
        switch escape {
        case .expression: throw JSONShapeError(.expressionEscape)
        case .entity(let json): return .entity(try typeAndID(json))
        case .call(let name, let arguments):
            var values: [Value] = []
            for argument in arguments { values.append(try plain(argument)) }
            return try call(name, values)
        }
    }

    static func call(_ name: Text, _ arguments: [Value]) throws(JSONShapeError) -> Value {
        guard let function = ExtensionFunction.named(name) else { throw JSONShapeError(.invalidCall(name.string)) }
        do throws(EvaluationError.Kind) {
            return try function.result(of: arguments)
        } catch {
            throw JSONShapeError(.invalidCall(name.string))
        }
    }
}
