import MartletJSON
import Testing

@testable import MartletCedar

@Suite("Verdicts of the conformance data", .enabled(if: SchemaData.isPresent, "\(SchemaData.absence)"))
struct ValidationCorpusTests {
    private func check(_ schema: [UInt8], _ policies: String, strict: Bool, permissive: Bool?, _ id: String) throws {
        let validator = Validator(try Schema(text: schema))
        let policies = try PolicySet.parse(policies)
        let result = validator.validate(policies)
        #expect(result.isValid == strict, "\(id) strict: \(result.errors)")
        guard let permissive else { return }
        let tolerant = validator.validate(policies, mode: .permissive)
        #expect(tolerant.isValid == permissive, "\(id) permissive: \(tolerant.errors)")
    }

    @Test("every verdict of the corpus, strict and permissive")
    func corpus() throws {
        for line in try SchemaData.lines("corpus.jsonl.gz") {
            let verdicts = line["validation"]?["policyValidation"]
            let strict = try SchemaData.bool(verdicts?["strict"] ?? line["shouldValidate"])
            try check(
                Array((line["schema"]?.string ?? "").utf8), line["policies"]?.string ?? "", strict: strict,
                permissive: verdicts?["permissive"]?.bool, line["id"]?.string ?? "")
        }
    }

    @Test("every verdict of the hand-written cases, strict and permissive")
    func handwritten() throws {
        let folder = "extra/validate-handwritten/"
        let names = try SchemaData.names(in: folder, ending: ".validation.json")
        #expect(names.count >= 110)
        for name in names {
            let expected = try SchemaData.json(folder + name + ".validation.json")
            let verdicts = try #require(expected["policyValidation"])
            let files = try SchemaData.json(folder + name + ".json")
            func path(_ key: String) throws -> String {
                let file = try #require(files[key]?.string?.split(separator: "/").last)
                return folder + file
            }
            try check(
                try SchemaData.file(path("schema")),
                String(decoding: try SchemaData.file(path("policies")), as: UTF8.self),
                strict: try SchemaData.bool(verdicts["strict"]), permissive: verdicts["permissive"]?.bool, name)
        }
    }

    @Test("every set of the MCP-shaped cases is valid where the reference says so")
    func mcp() throws {
        for line in try SchemaData.lines("mcp.jsonl.gz") {
            let expected = try #require(line["expected"])
            try check(
                Array((line["schema"]?.string ?? "").utf8), line["policies"]?.string ?? "",
                strict: try SchemaData.bool(expected["valid"]), permissive: nil, line["id"]?.string ?? "")
        }
    }
}
