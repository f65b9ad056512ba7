import MartletJSON
import Testing

@testable import MartletCedar

@Suite("Requests and entities of the conformance data", .enabled(if: SchemaData.isPresent, "\(SchemaData.absence)"))
struct ValidationConformanceTests {
    private func uid(_ json: JSONValue?) throws -> EntityUID {
        if let text = json?.string { return try EntityUID.parse(text) }
        let name = try #require(json?["type"]?.string)
        let id = try #require(json?["id"]?.string)
        return EntityUID(type: try #require(Name(name)), id: Text(id))
    }

    /// Whether the request fits, and its context reads.
    private func fits(_ request: JSONValue, _ schema: Schema) throws -> Bool {
        let action = try uid(request["action"])
        let context = (request["context"] ?? .emptyObject).serialized()
        do {
            try schema.validate(
                principal: try uid(request["principal"]), action: action, resource: try uid(request["resource"]),
                context: try schema.context(json: context, action: action))
            return true
        } catch is RequestValidationError {
            return false
        } catch is SchemaReadingError {
            return false
        }
    }

    private func fits(entities: JSONValue, _ schema: Schema) -> Bool {
        do {
            _ = try schema.entities(json: entities.serialized())
            return true
        } catch {
            return false
        }
    }

    /// Whether one entity fits; the groups of an action are all that it is in.
    private func fits(entity: JSONValue, _ store: EntityStore, _ schema: Schema) -> Bool {
        do {
            let read = try EntityReader.entity(entity, schema.entityHints)
            let ancestors = read.uid.type.isAction ? store.ancestors(of: read.uid) : read.parents
            try schema.validate(
                entity: read.uid, attributes: read.attributes, tags: read.tags, ancestors: ancestors)
            return true
        } catch {
            return false
        }
    }

    @Test("every request and all entities of the corpus fit their schema")
    func corpus() throws {
        for line in try SchemaData.lines("corpus.jsonl.gz") where line["validation"] != nil {
            let id = line["id"]?.string ?? ""
            let schema = try Schema(text: Array((line["schema"]?.string ?? "").utf8))
            #expect(fits(entities: line["entities"] ?? .null, schema), "\(id)")
            for request in line["requests"]?.elements ?? JSONValue.null.elements {
                #expect(try fits(request, schema), "\(id) \(request["description"]?.string ?? "")")
            }
        }
    }

    @Test("the verdict on every entity and request of the hand-written cases")
    func handwritten() throws {
        let folder = "extra/validate-handwritten/"
        for name in try SchemaData.names(in: folder, ending: ".validation.json") {
            let expected = try SchemaData.json(folder + name + ".validation.json")
            let files = try SchemaData.json(folder + name + ".json")
            func path(_ key: String) throws -> String {
                let file = try #require(files[key]?.string?.split(separator: "/").last)
                return folder + file
            }
            let schema = try Schema(text: try SchemaData.file(path("schema")))
            let perEntity = expected["entityValidation"]?["perEntity"]
            let entities = try SchemaData.json(path("entities"))
            let store = try EntityStore.parse(json: entities.serialized())
            for entity in entities.elements {
                let uid = "\(entity["uid"]?["type"]?.string ?? "")::\(entity["uid"]?["id"]?.string ?? "")"
                let isValid = (perEntity?[uid]?["errors"]?.count ?? 0) == 0
                #expect(fits(entity: entity, store, schema) == isValid, "\(name) \(uid)")
            }
            let verdicts = expected["requestValidation"]
            for (index, request) in (files["requests"]?.elements ?? JSONValue.null.elements).enumerated() {
                let verdict = verdicts?[index]?["strict"]?.bool ?? true
                #expect(try fits(request, schema) == verdict, "\(name) \(request["description"]?.string ?? "")")
            }
        }
    }

    @Test("the verdict on the entities of the parsing cases, together and one by one")
    func parsing() throws {
        let folder = "extra/entity-parsing/"
        let names = try SchemaData.names(in: folder, ending: ".parsing.json")
        #expect(names.count >= 22)
        for name in names where name != "bad-json" {
            let expected = try SchemaData.json(folder + name + ".parsing.json")
            let files = try SchemaData.json(folder + name + ".json")
            let schema = try Schema(text: try SchemaData.file(folder + (files["schema"]?.string ?? "")))
            let entities = try SchemaData.json(folder + (files["entities"]?.string ?? ""))
            let all = try SchemaData.bool(expected["allEntities"]?["success"])
            #expect(fits(entities: entities, schema) == all, "\(name)")
            for entity in entities.elements {
                let uid = "\(entity["uid"]?["type"]?.string ?? "")::\(entity["uid"]?["id"]?.string ?? "")"
                guard let verdict = expected["perEntity"]?[uid]?["success"]?.bool else { continue }
                let list = try JSONValue.parse(
                    Array("[".utf8) + entity.serialized() + Array("]".utf8), limits: .cedar)
                #expect(fits(entities: list, schema) == verdict, "\(name) \(uid)")
            }
        }
    }

    @Test("the MCP-shaped requests that the reference rejects are rejected, and no others")
    func mcp() throws {
        for line in try SchemaData.lines("mcp.jsonl.gz") {
            let schema = try Schema(text: Array((line["schema"]?.string ?? "").utf8))
            let isReadable = fits(entities: line["entities"] ?? .null, schema)
            for (index, request) in (line["requests"]?.elements ?? JSONValue.null.elements).enumerated() {
                let decision = line["expected"]?["results"]?[index]?["decision"]?.string
                let isRejected = decision == "NoDecision"
                #expect(
                    try (isReadable && fits(request, schema)) != isRejected,
                    "\(line["id"]?.string ?? "") \(index)")
            }
        }
    }
}
