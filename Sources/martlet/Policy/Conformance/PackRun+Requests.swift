import MartletCedar
import MartletJSON

/// What the reference says about a request.
struct PackAnswer {
    /// Nil when the request was refused before the evaluation.
    let decision: Decision?
    let reasons: Set<Text>
    let errors: Set<Text>

    init?(_ json: JSONValue) {
        guard let word = json.member("decision")?.string?.lowercased() else { return nil }
        decision = Decision(rawValue: word)
        guard decision != nil || word == "nodecision" else { return nil }
        reasons = json.member("reason")?.texts ?? []
        errors = json.member("errors")?.texts ?? []
    }
}

/// The schema and the entities of a case.
struct PackWorld {
    let schema: Schema?
    /// As they are written, and as the schema reads them; why not, where that fails.
    let plainEntities: Result<EntityStore, PackRefusal>
    let typedEntities: Result<EntityStore, PackRefusal>

    init(_ item: PackCase, _ schema: Schema?) {
        self.schema = schema
        let bytes = item.entities
        let plain = Result { () throws(PackRefusal) in
            do throws(JSONShapeError) {
                return try EntityStore.parse(json: bytes)
            } catch {
                throw PackRefusal("\(error)")
            }
        }
        plainEntities = plain
        guard let schema else {
            typedEntities = plain
            return
        }
        typedEntities = Result { () throws(PackRefusal) in
            do throws(SchemaReadingError) {
                return try schema.entities(json: bytes)
            } catch {
                throw PackRefusal("\(error)")
            }
        }
    }

    func request(_ json: JSONValue, _ schema: Schema?) throws(PackRefusal) -> Request {
        guard let principal = json.member("principal")?.uid, let action = json.member("action")?.uid,
            let resource = json.member("resource")?.uid
        else { throw PackRefusal("principal, action or resource cannot be read") }
        let context = json.member("context")?.serialized() ?? Array("{}".utf8)
        do {
            guard let schema else {
                let record = try Record.parse(json: context)
                return Request(principal: principal, action: action, resource: resource, context: record)
            }
            let record = try schema.context(json: context, action: action)
            try schema.validate(principal: principal, action: action, resource: resource, context: record)
            return Request(principal: principal, action: action, resource: resource, context: record)
        } catch {
            throw PackRefusal("\(error)")
        }
    }
}

extension PackRun {
    mutating func check(
        _ json: JSONValue, _ result: JSONValue, _ index: Int, _ authorizer: Authorizer, _ world: PackWorld
    ) {
        guard let answer = PackAnswer(result) else {
            return differ(.decision, index, expected: "allow, deny or NoDecision in the pack", found: "none of them")
        }
        let typed = Result { () throws(PackRefusal) in
            (request: try world.request(json, world.schema), entities: try world.typedEntities.get())
        }
        checkFit(json, index, world)
        guard let decision = answer.decision else {
            compare(.decision, index, isSame: typed.failure != nil, expected: "refused", found: "it fits the schema")
            return
        }
        // The corpus asks some requests that the schema of their sample does not know; the MCP-shaped pack does not.
        let asked = typed.failure == nil || item.results != nil ? typed : plain(json, world)
        switch asked {
        case .failure(let refusal):
            differ(.decision, index, expected: decision.rawValue, found: "refused: \(refusal.reason)")
        case .success(let (request, entities)):
            compare(authorizer.response(to: request, entities: entities), answer, decision, index)
        }
    }

    private func plain(
        _ json: JSONValue, _ world: PackWorld
    ) -> Result<(request: Request, entities: EntityStore), PackRefusal> {
        Result { () throws(PackRefusal) in
            (request: try world.request(json, nil), entities: try world.plainEntities.get())
        }
    }

    /// Whether the request fits the schema, where the pack says so.
    private mutating func checkFit(_ json: JSONValue, _ index: Int, _ world: PackWorld) {
        guard let schema = world.schema, let isExpected = isExpectedToFit(json, index) else { return }
        do throws(PackRefusal) {
            _ = try world.request(json, schema)
            compare(.requests, index, isSame: isExpected, expected: "a request that does not fit", found: "it fits")
        } catch {
            compare(
                .requests, index, isSame: !isExpected, expected: "a request that fits the schema", found: error.reason)
        }
    }

    /// The verdicts are `all-ok`, or one for each request; nil where there is none.
    private func isExpectedToFit(_ json: JSONValue, _ index: Int) -> Bool? {
        let verdicts = item.json.member("validation")?.member("requestValidation")
        if verdicts?.string == "all-ok" { return true }
        return verdicts?[index]?.member("strict")?.bool ?? (json.member("validateRequest")?.bool == true ? true : nil)
    }

    private mutating func compare(_ found: Response, _ expected: PackAnswer, _ decision: Decision, _ index: Int) {
        compare(
            .decision, index, isSame: found.decision == decision, expected: decision.rawValue,
            found: found.decision.rawValue)
        let reasons = Set(found.determining)
        compare(
            .reasons, index, isSame: reasons == expected.reasons, expected: expected.reasons.phrase,
            found: reasons.phrase)
        let errors = Set(found.errors.map(\.policy))
        compare(
            .errors, index, isSame: errors == expected.errors, expected: expected.errors.phrase, found: errors.phrase)
    }
}

extension Result {
    fileprivate var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}

extension JSONValue {
    fileprivate var texts: Set<Text> { Set(elements.compactMap(\.string).map { Text($0) }) }
}

extension Set<Text> {
    fileprivate var phrase: String { "[\(sorted().map(\.string).joined(separator: ", "))]" }
}
