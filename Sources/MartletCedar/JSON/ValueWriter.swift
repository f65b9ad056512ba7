import MartletJSON

extension JSONWriter {
    /// A value as JSON that reads back without a schema, except records with a key that is an escape.
    mutating func cedar(_ value: Value) {
        switch value {
        case .bool(let bool): self.bool(bool)
        case .long(let long): number(long)
        case .string(let text): string(text.string)
        case .entity(let uid): entity(uid)
        case .set(let set):
            beginArray()
            for element in set.elements { cedar(element) }
            endArray()
        case .record(let record): cedar(record)
        case .decimal(let decimal): call("decimal", "\(decimal)")
        case .ip(let address): call("ip", "\(address)")
        case .duration(let duration): call("duration", "\(duration)")
        case .datetime(let datetime):
            beginObject()
            key("__extn")
            beginObject()
            member("fn", string: "offset")
            key("args")
            beginArray()
            call("datetime", "1970-01-01")
            call("duration", "\(Duration(milliseconds: datetime.milliseconds))")
            endArray()
            endObject()
            endObject()
        }
    }

    mutating func cedar(_ record: Record) {
        beginObject()
        for field in record.fields {
            key(field.key.string)
            cedar(field.value)
        }
        endObject()
    }

    private mutating func call(_ name: String, _ argument: String) {
        beginObject()
        key("__extn")
        beginObject()
        member("fn", string: name)
        member("arg", string: argument)
        endObject()
        endObject()
    }
}

extension EntityStore {
    /// All entities as JSON, by identity; the parents are those given, not all that follow from them.
    public var json: [UInt8] {
        var json = JSONWriter()
        json.beginArray()
        for entity in entities.sorted(by: { $0.uid < $1.uid }) {
            json.beginObject()
            json.key("uid")
            json.typeAndID(entity.uid)
            json.key("attrs")
            json.cedar(entity.attributes)
            json.key("parents")
            json.beginArray()
            for parent in entity.parents.sorted() { json.typeAndID(parent) }
            json.endArray()
            if !entity.tags.fields.isEmpty {
                json.key("tags")
                json.cedar(entity.tags)
            }
            json.endObject()
        }
        json.endArray()
        return json.bytes
    }
}
