import Testing

@testable import MartletCedar

/// What no policy in text reaches, or only in one way.
@Suite("Validation in detail")
struct ValidationDetailTests {
    private static let text = """
        entity Color enum ["red"];
        entity Tagged tags String;
        entity Other tags Long;
        entity User { name: String, color?: Color, who?: Action, tagged: Tagged };
        action read appliesTo { principal: [User], resource: [User], context: { color?: Color, mfa: Bool, who?: Action } };
        """
    private let schema: Schema

    init() throws { schema = try Schema(text: Array(Self.text.utf8)) }

    private func errors(
        _ condition: String, _ mode: ValidationMode = .strict, level: Int? = nil
    ) throws -> [ValidationError.Kind] {
        let policies = try PolicySet.parse("permit (principal, action, resource) when { \(condition) };")
        return Validator(schema).validate(policies, mode: mode, level: level).errors.map(\.kind)
    }

    @Test("a call of another number of arguments is refused, its arguments checked all the same")
    func argumentCount() throws {
        let inner = Expression(.getAttribute(Expression(.variable(.principal)), "nothing"))
        let call = Expression(.call(.isIpv4, [inner, Expression(.variable(.principal))]))
        let body = PolicyBody(.permit, conditions: [Condition(.when, call)])
        let user = CedarType.entity(EntityUID(type: "User", id: "").type)
        #expect(
            Validator(schema).validate(body, id: "a").errors.map(\.kind) == [
                .wrongArgumentCount(.isIpv4, expected: 1, found: 2),
                .unknownAttribute("nothing", of: user, mayExist: false),
            ])
    }

    @Test("tags of several types have none in common")
    func tags() throws {
        let either = "(if context.mfa then principal.tagged else Other::\"a\")"
        let found = try errors("\(either).hasTag(\"a\") && \(either).getTag(\"a\") == 1", .permissive)
        #expect(found == [.incompatibleTypes([.long, .string], .getTag)])
    }

    @Test("an entity without tags has none, even where one was asked for")
    func noTags() throws {
        let definition = try #require(schema.sortedActions.first)
        let user = EntityUID(type: "User", id: "").type
        let environment = RequestEnvironment(
            principal: user, action: definition.uid, resource: user, context: definition.context)
        let checker = Typechecker(schema, .strict, environment, policy: "a", budget: 100)
        var lowering = CoreLowering()
        let target = lowering.lower(Expression(.variable(.principal)))
        let name = lowering.lower(Expression(.literal(.string("t"))))
        let get = lowering.lower(
            Expression(.binary(.getTag, Expression(.variable(.principal)), Expression(.literal(.string("t"))))))
        let answer = checker.checkGetTag(get, target, name, [.tag(target.shape, name.shape)])
        #expect(!answer.isSuccess)
        #expect(checker.errors.map(\.kind) == [.noTags(of: .entity(user))])
    }

    @Test(
        "what cannot be followed has no level, in parts that are never reached too",
        arguments: [
            "(1.boss in principal) && false", "({a: 1} in principal) && false", "1.boss.name == \"a\" && false",
            "(1 in principal) && false", "({a: 1}.b in principal) && false",
        ])
    func untraceable(condition: String) throws {
        #expect(try errors(condition, level: 3).contains(.untraceable))
        #expect(try !errors(condition).contains(.untraceable))
    }

    @Test("entities in a context and in attributes have to be possible")
    func impossibleEntities() throws {
        let (blue, fly) = (EntityUID(type: "Color", id: "blue"), EntityUID(type: "Action", id: "fly"))
        let user = EntityUID(type: "User", id: "a")
        let fields: [Record.Field] = [
            .init(key: "mfa", value: .bool(true)), .init(key: "name", value: .string("")),
            .init(key: "tagged", value: .entity(EntityUID(type: "Tagged", id: ""))),
        ]
        let cases: [(Record.Field, RequestValidationError, EntityValidationError)] = [
            (.init(key: "color", value: .entity(blue)), .unknownEnumeratedEntity(blue), .unknownEnumeratedEntity(blue)),
            (.init(key: "who", value: .entity(fly)), .unknownAction(fly), .unknownAction(fly)),
        ]
        for (field, request, entity) in cases {
            #expect(throws: request) {
                try schema.validate(
                    principal: user, action: EntityUID(type: "Action", id: "read"), resource: user,
                    context: Record([fields[0], field]))
            }
            #expect(throws: entity) {
                try schema.validate(
                    entity: user, attributes: Record(fields.dropFirst() + [field]), tags: .empty, ancestors: [])
            }
        }
    }

    @Test("a policy that nothing satisfies is told as a sentence")
    func warning() {
        let sentence = "no request that the schema allows satisfies this policy; correct it, or take it out"
        #expect(ValidationWarning.impossiblePolicy("a").description == sentence)
    }
}
