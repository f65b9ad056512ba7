import MartletCedar
import MartletJSON

/// One line of a test pack: policies, a schema, entities and requests, and what the reference says about them.
///
/// Two forms: the corpus has the answers beside the requests, the verdicts under `validation` and the schema's JSON under
/// `schemaJson`; the MCP-shaped pack has all answers under `expected`.
struct PackCase {
    let id: String
    let json: JSONValue

    /// Why a line is no case.
    struct Malformed: Error {
        let reason: String
    }

    init(_ line: [UInt8]) throws(Malformed) {
        do throws(JSONError) {
            json = try JSONValue.parse(line, limits: .cedar)
        } catch {
            throw Malformed(reason: "not JSON: \(error)")
        }
        guard json.kind == .object else { throw Malformed(reason: "expected an object") }
        guard let id = json.member("id")?.string else { throw Malformed(reason: "expected a string `id`") }
        self.id = id
        guard let policies = json.member("policies"), policies.string != nil || policies.kind == .object else {
            throw Malformed(reason: "expected `policies`, a text or an object")
        }
        guard json.member("requests")?.kind == .array else { throw Malformed(reason: "expected an array `requests`") }
        if let results = json.member("expected")?.member("results") {
            guard results.count == json.member("requests")?.count else {
                throw Malformed(reason: "expected as many `expected.results` as `requests`")
            }
        }
    }

    /// Policies are numbered in the order of the text, templates go by their `@id`.
    func policies() throws(PackRefusal) -> PolicySet {
        guard let text = json.member("policies")?.string else { return try jsonPolicies() }
        var set = PolicySet()
        do {
            for (number, body) in try PolicyBody.parse(Array(text.utf8)).enumerated() {
                let id = body.isTemplate ? body.annotation("id") : nil
                try set.add(body, id: id ?? Text("policy\(number)"))
            }
            for link in json.member("links")?.list ?? [] { try Self.add(link, to: &set) }
        } catch {
            throw PackRefusal("\(error)")
        }
        return set
    }

    private func jsonPolicies() throws(PackRefusal) -> PolicySet {
        do throws(JSONShapeError) {
            return try PolicySet.parse(json: json.member("policies")?.serialized() ?? [])
        } catch {
            throw PackRefusal("\(error)")
        }
    }

    private static func add(_ link: JSONValue, to set: inout PolicySet) throws {
        var slots: [Slot: EntityUID] = [:]
        for (key, value) in link.member("values")?.members.map({ $0 }) ?? [] {
            guard let slot = Slot(rawValue: key), let uid = value.uid else {
                throw PackRefusal("a link with the slot \(key), which is none or has no entity")
            }
            slots[slot] = uid
        }
        guard let template = link.member("template_id")?.string, let id = link.member("new_id")?.string else {
            throw PackRefusal("a link without a text as `template_id` or as `new_id`")
        }
        try set.link(template: Text(template), id: Text(id), slots: slots)
    }

    /// Nil when the case has none.
    func schema() throws(PackRefusal) -> SchemaDocument? {
        guard let schema = json.member("schema"), !schema.isNull else { return nil }
        do throws(SchemaError) {
            if let text = schema.string { return try SchemaDocument(text: Array(text.utf8)) }
            return try SchemaDocument(json: schema.serialized())
        } catch {
            throw PackRefusal("\(error)")
        }
    }

    /// The entities as JSON; a string holds JSON itself.
    var entities: [UInt8] {
        guard let entities = json.member("entities") else { return Array("[]".utf8) }
        return entities.string.map { Array($0.utf8) } ?? entities.serialized()
    }

    /// The answers of the MCP-shaped form; nil in the corpus.
    var results: [JSONValue]? { json.member("expected")?.member("results")?.list }

    /// Whether the reference refuses every request: so it does where policies, links, schema or entities are not read.
    var isRefused: Bool { results?.allSatisfy { PackAnswer($0)?.decision == .some(nil) } ?? false }
}

/// Something that was not read, or is refused by the schema.
struct PackRefusal: Error, CustomStringConvertible {
    let reason: String
    init(_ reason: String) { self.reason = reason }
    var description: String { reason }
}

extension JSONValue {
    var list: [JSONValue] { Array(elements) }

    /// `{"type": …, "id": …}`, also inside of `__entity`, or `Type::"id"`.
    var uid: EntityUID? {
        if let string {
            do throws(ParseError) { return try EntityUID.parse(string) } catch { return nil }
        }
        let inner = member("__entity") ?? self
        guard let type = inner.member("type")?.string.flatMap({ Name($0) }), let id = inner.member("id")?.string else {
            return nil
        }
        return EntityUID(type: type, id: Text(id))
    }

    /// The same values, with the members of objects in any order.
    func isSame(as other: JSONValue) -> Bool {
        guard kind == other.kind, count == other.count else { return false }
        switch kind {
        case .null: return true
        case .boolean: return bool == other.bool
        case .number: return numberText == other.numberText
        case .string: return (string ?? "").utf8.elementsEqual((other.string ?? "").utf8)
        case .array: return zip(elements, other.elements).allSatisfy { $0.isSame(as: $1) }
        case .object: return members.allSatisfy { key, value in other[key]?.isSame(as: value) ?? false }
        }
    }
}
