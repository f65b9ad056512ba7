import MartletCore
import MartletJSON

/// What is seen of a member over many records: its kinds, and those of what is inside of it. As a JSON Schema it says just that.
struct RecordShape {
    fileprivate enum Form: Hashable {
        case text, time, digest, pseudonym
    }

    private var kinds: Set<String> = []
    private var forms: Set<Form> = []
    private(set) var members: [String: RecordShape] = [:]
    private var elements: [RecordShape] = []
    /// Members that are there in every record.
    var required: Set<String> = []
    /// Its members have names of their own, or several forms: they are not listed.
    private var isOpen = false

    /// Objects whose members are not the same in every record, by their paths.
    private static let open: Set<String> = ["derived.lost", "derived.items[]", "observed.degraded"]

    mutating func take(_ value: JSONValue, at path: String = "") {
        switch value.kind {
        case .null: kinds.insert("null")
        case .boolean: kinds.insert("boolean")
        case .number: kinds.insert(value.integer == nil ? "number" : "integer")
        case .string:
            kinds.insert("string")
            forms.insert(Self.form(value.string ?? ""))
        case .array:
            kinds.insert("array")
            for element in value.elements {
                if elements.isEmpty { elements = [RecordShape()] }
                elements[0].take(element, at: path + "[]")
            }
        case .object:
            kinds.insert("object")
            isOpen = isOpen || Self.open.contains(path)
            guard !isOpen else { return }
            for (key, member) in value.members {
                members[key, default: RecordShape()].take(member, at: path.isEmpty ? key : path + "." + key)
            }
        }
    }

    /// What stands at a JSON Pointer must be there.
    mutating func require(_ keys: some Collection<String>) {
        guard let key = keys.first else { return }
        required.insert(key)
        members[key]?.require(keys.dropFirst())
    }

    private static func form(_ text: String) -> Form {
        if text.utf8.count == 71, Digest(text) != nil { return .digest }
        if text.utf8.count == 27, UnixTime(rfc3339: text) != nil { return .time }
        return text.hasPrefix("psn-") ? .pseudonym : .text
    }
}

extension RecordShape {
    /// The members of its schema; `constant` is the value that it always has.
    func write(to writer: inout SchemaText) {
        let kinds = kinds.sorted()
        if kinds.count == 1 { writer.member("type", kinds[0]) } else { writer.member("type", list: kinds) }
        if kinds == ["string"], forms.count == 1, let pattern = forms.first?.pattern {
            writer.member("pattern", pattern)
        }
        if let element = elements.first { writer.object("items") { element.write(to: &$0) } }
        guard kinds.contains("object"), !isOpen else { return }
        if !required.isEmpty { writer.member("required", list: required.sorted()) }
        writer.object("properties") { properties in
            for (key, shape) in members.sorted(by: { $0.key < $1.key }) {
                properties.object(key) { shape.write(to: &$0) }
            }
        }
        // Of a list that was cut, how many are left out.
        writer.object("patternProperties") { $0.object("_omitted$") { $0.member("type", "integer") } }
        writer.member("additionalProperties", flag: false)
    }
}

extension RecordShape.Form {
    fileprivate var pattern: String? {
        switch self {
        case .text, .pseudonym: nil
        case .time: #"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$"#
        case .digest: "^sha256:[0-9a-f]{64}$"
        }
    }
}

/// JSON text with one member a line, in the order in which it is written.
struct SchemaText {
    private(set) var text = ""
    private var depth = 0
    private var isFirst = true

    static func object(_ body: (inout SchemaText) -> Void) -> String {
        var writer = SchemaText()
        writer.braces(body)
        return writer.text + "\n"
    }

    mutating func member(_ key: String, _ value: String) { line(key, Self.quoted(value)) }
    mutating func member(_ key: String, flag: Bool) { line(key, flag ? "true" : "false") }
    mutating func member(_ key: String, number: Int) { line(key, String(number)) }
    mutating func member(_ key: String, list: [String]) {
        line(key, "[" + list.map(Self.quoted).joined(separator: ", ") + "]")
    }

    mutating func object(_ key: String, _ body: (inout SchemaText) -> Void) {
        line(key, "")
        braces(body)
    }

    mutating func list(_ key: String, of objects: [(inout SchemaText) -> Void]) {
        line(key, "[")
        for (number, body) in objects.enumerated() {
            text += number == 0 ? "" : ", "
            braces(body)
        }
        text += "]"
    }

    private mutating func braces(_ body: (inout SchemaText) -> Void) {
        text += "{"
        let outer = isFirst
        (isFirst, depth) = (true, depth + 1)
        body(&self)
        depth -= 1
        if !isFirst { text += "\n" + String(repeating: " ", count: depth) }
        isFirst = outer
        text += "}"
    }

    private mutating func line(_ key: String, _ value: String) {
        text += (isFirst ? "\n" : ",\n") + String(repeating: " ", count: depth) + Self.quoted(key) + ": " + value
        isFirst = false
    }

    private static func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.string(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
