import MartletJSON
import Testing

@testable import MartletCedar

@Suite("Schemas of the conformance data", .enabled(if: SchemaData.isPresent, "\(SchemaData.absence)"))
struct SchemaCorpusTests {
    @Test("every schema of the corpus means the JSON of the reference, and survives the way through text and JSON")
    func corpus() throws {
        var translated = 0
        for line in try SchemaData.lines("corpus.jsonl.gz") {
            let id = line["id"]?.string ?? ""
            let text = Array((line["schema"]?.string ?? "").utf8)
            let document = try #require(try? SchemaDocument(text: text), "\(id)")
            _ = try #require(try? Schema(document), "\(id)")
            if let expected = line["schemaJson"] {
                let json = try JSONValue.parse(document.json, limits: .cedar)
                #expect(json.normalized == expected.normalized, "\(id)")
                let read = try SchemaDocument(json: expected.serialized())
                #expect(read == document, "\(id)")
                translated += 1
            }
            let printed = try document.text()
            #expect(try SchemaDocument(text: Array(printed.utf8)).text() == printed, "\(id)")
            #expect(try SchemaDocument(json: document.json) == document, "\(id)")
        }
        #expect(translated >= 1568)
    }

    @Test("both forms of the sample schemas mean the same")
    func samples() throws {
        let folder = "extra/cli-sample-data/tiny_sandboxes/"
        let paths =
            ["sandbox_a", "sandbox_b", "sandbox_c"].map { "extra/cli-sample-data/\($0)/schema" }
            + (1...9).map { "\(folder)sample\($0)/schema" }
        for path in paths {
            let text = try Schema(text: try SchemaData.file(path + ".cedarschema"))
            let json = try Schema(json: try SchemaData.file(path + ".cedarschema.json"))
            #expect(text.entityTypes == json.entityTypes, "\(path)")
            #expect(text.actions == json.actions, "\(path)")
        }
    }

    /// Its JSON names entity types as common types, which the reference does not look up either.
    @Test("the sample of translation gives the same schema from its JSON by way of text")
    func translation() throws {
        let path = "extra/cli-sample-data/tiny_sandboxes/translate-schema/tinytodo"
        let text = try Schema(text: try SchemaData.file(path + ".cedarschema"))
        let document = try SchemaDocument(json: try SchemaData.file(path + ".cedarschema.json"))
        let translated = try Schema(text: Array(try document.text().utf8))
        #expect(translated.entityTypes == text.entityTypes)
        #expect(translated.actions == text.actions)
        #expect(throws: SchemaError(.undefinedType("Team"))) { try Schema(document) }
    }
}
