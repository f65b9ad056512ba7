import MartletCedar
import MartletJSON

extension PackRun {
    /// Nil when there is none.
    mutating func readSchema() throws -> Schema? {
        guard let document = try item.schema() else { return nil }
        let schema = try Schema(document)
        checkForm(document, schema)
        return schema
    }

    private mutating func checkForm(_ document: SchemaDocument, _ schema: Schema) {
        if let expected = item.json.member("schemaJson") {
            let json = document.json
            let isSame = JSONValue.read(json)?.isSame(as: expected) ?? false
            compare(
                .schema, isSame: isSame || Self.means(expected, schema),
                expected: String(decoding: expected.serialized(), as: UTF8.self),
                found: String(decoding: json, as: UTF8.self))
        } else {
            agree(.schema)
        }
        do throws(SchemaError) {
            let isSame = try SchemaDocument(json: document.json) == document
            let isStable = try Self.isStable(document)
            compare(.roundTrips, isSame: isSame && isStable, expected: "the same schema", found: "another one")
        } catch {
            differ(.roundTrips, expected: "the same schema", found: "\(error)")
        }
    }

    /// Whether the text says the same when it is read again. Schema text cannot say all that JSON can.
    private static func isStable(_ document: SchemaDocument) throws(SchemaError) -> Bool {
        let text: String
        do throws(SchemaError) {
            text = try document.text()
        } catch {
            guard case .notExpressible = error.reason else { throw error }
            return true
        }
        return try SchemaDocument(text: Array(text.utf8)).text().utf8.elementsEqual(text.utf8)
    }

    /// There are several ways to write that an action applies to nothing.
    private static func means(_ json: JSONValue, _ schema: Schema) -> Bool {
        do throws(SchemaError) {
            let other = try Schema(json: json.serialized())
            return other.entityTypes == schema.entityTypes && other.actions == schema.actions
        } catch {
            return false
        }
    }

    mutating func checkVerdicts(_ policies: PolicySet, _ schema: Schema) {
        let verdicts = item.json.member("validation")?.member("policyValidation")
        let should = item.json.member("shouldValidate") ?? item.json.member("expected")?.member("valid")
        check(.strict, verdicts?.member("strict")?.bool ?? should?.bool, policies, schema, .strict)
        check(.permissive, verdicts?.member("permissive")?.bool, policies, schema, .permissive)
    }

    private mutating func check(
        _ check: PackCheck, _ expected: Bool?, _ policies: PolicySet, _ schema: Schema, _ mode: ValidationMode
    ) {
        guard let expected else { return }
        let result = Validator(schema).validate(policies, mode: mode)
        let errors = result.errors.map { "\($0.policy): \($0.kind.problem)" }.joined(separator: "; ")
        compare(
            check, isSame: result.isValid == expected, expected: expected ? "valid" : "not valid",
            found: result.isValid ? "valid" : "not valid: \(errors)")
    }

    /// Each entity on its own, where the pack says which ones fit.
    mutating func checkEntities(_ world: PackWorld) {
        guard let schema = world.schema, let failing = item.json.member("validation")?.member("entityErrors"),
            case .success(let store) = world.plainEntities
        else { return }
        for entity in store.entities where !(entity.uid.type.isAction && schema.actions[entity.uid] == nil) {
            let uid = entity.uid
            let isExpected = failing[uid.description] == nil && failing["\(uid.type)::\(uid.id)"] == nil
            do throws(EntityValidationError) {
                try schema.validate(
                    entity: uid, attributes: entity.attributes, tags: entity.tags,
                    ancestors: uid.type.isAction ? store.ancestors(of: uid) : entity.parents)
                compare(.entities, isSame: isExpected, expected: "\(uid) does not fit", found: "it fits")
            } catch {
                compare(.entities, isSame: !isExpected, expected: "\(uid) fits", found: "\(error)")
            }
        }
    }

    mutating func checkRoundTrip(_ policies: PolicySet) {
        let bodies = policies.policies.filter { $0.link == nil }.map(\.body) + policies.templates.map(\.body)
        do {
            let isSame =
                try PolicyBody.parse(Array(policies.text.utf8)) == bodies
                && PolicySet.parse(json: policies.json).json == policies.json
            compare(.roundTrips, isSame: isSame, expected: "the same policies", found: "others")
        } catch {
            differ(.roundTrips, expected: "the same policies", found: "\(error)")
        }
    }
}

extension JSONValue {
    /// Nil when the bytes are no JSON.
    static func read(_ bytes: [UInt8]) -> JSONValue? {
        do throws(JSONError) {
            return try parse(bytes, limits: .cedar)
        } catch {
            return nil
        }
    }
}
