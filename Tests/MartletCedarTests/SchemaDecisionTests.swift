import MartletCedar
import MartletJSON
import Testing

/// The same requests as in ``CorpusTests``, read by their schemas.
@Suite(
    "Conformance data by schema",
    .enabled(if: ConformanceData.has("corpus.jsonl.gz"), "the data is not beside the project"))
struct SchemaDecisionTests {
    @Test(
        "decision, reasons and errors are those of the reference, and the same requests are refused",
        arguments: ["corpus.jsonl.gz", "mcp.jsonl.gz"])
    func decisions(file: String) throws {
        var agreed = 0
        var refused = 0
        var differences: [String] = []
        for item in try ConformanceData.cases(file) {
            let schema = try Schema(text: Array((item.json["schema"]?.string ?? "").utf8))
            let authorizer = Authorizer(try item.policies())
            for (index, answer) in try item.answers().enumerated() {
                let read = answer.read(by: schema, item)
                guard let decision = answer.decision else {
                    if read == nil {
                        refused += 1
                    } else {
                        differences.append("\(item.id) request \(index): not refused")
                    }
                    continue
                }
                // Some hand-written tests come with the schema of another sample: then it has no say.
                guard let (request, entities) = try read ?? answer.readWithoutSchema(item) else { continue }
                let response = authorizer.response(to: request, entities: entities)
                if response.decision == decision, Set(response.determining) == answer.reasons,
                    Set(response.errors.map(\.policy)) == answer.errors
                {
                    agreed += 1
                } else {
                    differences.append("\(item.id) request \(index): \(response)")
                }
            }
        }
        print("\(file) by schema: \(agreed) agree, \(refused) refused as by the reference, \(differences.count) differ")
        #expect(differences == [])
        #expect(agreed > 0)
    }
}

extension ConformanceCase {
    /// A request as written, with the answer of the reference.
    struct Answer {
        let json: JSONValue
        let decision: Decision?
        let reasons: Set<Text>
        let errors: Set<Text>
    }

    func answers() throws -> [Answer] {
        let expected = json["expected"]?["results"]?.elements.map { $0 }
        return (json["requests"]?.elements.map { $0 } ?? []).enumerated().map { index, item in
            let answer = expected?[index] ?? item
            return Answer(
                json: item, decision: Decision(rawValue: answer["decision"]?.string?.lowercased() ?? ""),
                reasons: answer["reason"]?.texts ?? [], errors: answer["errors"]?.texts ?? [])
        }
    }
}

extension ConformanceCase.Answer {
    private var context: [UInt8] { json["context"]?.serialized() ?? Array("{}".utf8) }

    private func request(_ context: Record) -> Request? {
        guard let principal = json["principal"]?.uid, let action = json["action"]?.uid,
            let resource = json["resource"]?.uid
        else { return nil }
        return Request(principal: principal, action: action, resource: resource, context: context)
    }

    /// nil when the schema refuses the entities or the request.
    func read(by schema: Schema, _ item: ConformanceCase) -> (Request, EntityStore)? {
        do {
            guard let action = json["action"]?.uid else { return nil }
            let context = try schema.context(json: context, action: action)
            guard let request = request(context) else { return nil }
            try schema.validate(
                principal: request.principal, action: request.action, resource: request.resource, context: context)
            return (request, try schema.entities(json: item.json["entities"]?.serialized() ?? []))
        } catch {
            return nil
        }
    }

    func readWithoutSchema(_ item: ConformanceCase) throws -> (Request, EntityStore)? {
        guard let request = request(try Record.parse(json: context)) else { return nil }
        return (request, try item.entities())
    }
}
