import Foundation
import MartletCedar
import MartletJSON
import Testing

/// Answers the cases of a pack, for the differential test with the reference (Tests/EndToEnd/cedar_differential).
@Suite("Packs", .enabled(if: ProcessInfo.processInfo.environment["MARTLET_CEDAR_PACK"] != nil, "no pack is given"))
struct PackTests {
    @Test("every case of the pack has an answer")
    func answers() throws {
        let environment = ProcessInfo.processInfo.environment
        let pack = try Data(contentsOf: URL(filePath: try #require(environment["MARTLET_CEDAR_PACK"])))
        var output: [UInt8] = []
        for line in Array(pack).split(separator: UInt8(ascii: "\n")) {
            let item = try #require(ConformanceCase(try JSONValue.parse(Array(line), limits: .cedar)))
            output += item.answerLine + [UInt8(ascii: "\n")]
        }
        try Data(output).write(to: URL(filePath: try #require(environment["MARTLET_CEDAR_ANSWERS"])))
    }
}

extension ConformanceCase {
    /// Our verdict and our answers as JSON; `NoDecision` for what is refused before evaluation.
    fileprivate var answerLine: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("id", string: id)
        if json["schema"] != nil { writer.member("valid", bool: isValid) }
        writer.key("results")
        writer.beginArray()
        for response in responses {
            writer.beginObject()
            writer.member("decision", string: response.map { $0.decision == .allow ? "Allow" : "Deny" } ?? "NoDecision")
            writer.member("reason", texts: response?.determining ?? [])
            writer.member("errors", texts: response?.errors.map(\.policy) ?? [])
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private func schema() throws -> Schema? {
        try json["schema"].map { try Schema(text: Array(($0.string ?? "").utf8)) }
    }

    private var isValid: Bool {
        do {
            guard let schema = try schema() else { return false }
            return Validator(schema).validate(try PolicySet.parse(json["policies"]?.string ?? "")).isValid
        } catch {
            return false
        }
    }

    private var responses: [Response?] {
        do {
            let schema = try schema()
            let authorizer = Authorizer(try policies())
            let entities = try schema?.entities(json: json["entities"]?.serialized() ?? []) ?? self.entities()
            return try answers().map { try $0.response(authorizer, schema, entities) }
        } catch {
            return (json["requests"]?.elements ?? JSONValue.null.elements).map { _ in nil }
        }
    }
}

extension ConformanceCase.Answer {
    fileprivate func response(
        _ authorizer: Authorizer, _ schema: Schema?, _ entities: EntityStore
    ) throws -> Response? {
        do {
            let context = json["context"]?.serialized() ?? []
            guard let principal = json["principal"]?.uid, let action = json["action"]?.uid,
                let resource = json["resource"]?.uid
            else { return nil }
            guard let schema else {
                let request = Request(
                    principal: principal, action: action, resource: resource, context: try Record.parse(json: context))
                return authorizer.response(to: request, entities: entities)
            }
            let request = Request(
                principal: principal, action: action, resource: resource,
                context: try schema.context(json: context, action: action))
            try schema.validate(principal: principal, action: action, resource: resource, context: request.context)
            return authorizer.response(to: request, entities: entities)
        } catch {
            return nil
        }
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ key: String, texts: [Text]) {
        self.key(key)
        beginArray()
        for text in texts { string(text.string) }
        endArray()
    }
}
