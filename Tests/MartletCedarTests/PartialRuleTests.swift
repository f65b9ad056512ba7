import MartletCedar
import Testing

/// Each of these holds one rule alone: take the rule out, and one of them is red (docs/policy-tests.md).
@Suite("Each rule of residuals")
struct PartialRuleTests {
    private static let text = """
        entity Group;
        entity User in [Group] { boss: User, name: String } tags String;
        entity File { owner: User, meta: { size: Long }, open: Bool };
        action all;
        action write appliesTo { principal: [User, Group], resource: [File, Group] };
        action read in [all] appliesTo {
            principal: [User], resource: [File],
            context: { flag: Bool, yes: Bool, n: Long, o?: Long, at: datetime, ttl: duration, inner: { x: Bool, y?: Bool } }
        };
        """
    private static let read = EntityUID(type: "Action", id: "read")
    private static let file = EntityUID(type: "File", id: "f")

    /// Any user reads any file; of the context, `flag` is false and `yes` is true.
    private static func request(principal: PartialRequest.Participant? = nil) throws -> PartialRequest {
        let context = try Record.parse(json: Array(#"{"flag": false, "yes": true, "inner": {"x": true}}"#.utf8))
        return PartialRequest(
            principal: principal ?? .any(EntityUID(type: "User", id: "").type), action: read,
            resource: .any(file.type), context: .partial(context))
    }

    private static func response(
        _ policies: String, _ request: PartialRequest, _ entities: PartialEntities = .unknown
    ) throws -> PartialResponse {
        let authorizer = try PartialAuthorizer(
            try PolicySet.parse(policies), schema: try Schema(text: Array(text.utf8)))
        return try authorizer.response(to: request, entities: entities)
    }

    /// What is left of one `permit`; empty when nothing is.
    private static func left(
        of condition: String, scope: String = "principal, action == Action::\"read\", resource",
        principal: PartialRequest.Participant? = nil
    ) throws -> String {
        let found = try response("permit (\(scope)) when { \(condition) };", try request(principal: principal))
        return found.residuals.first?.body.conditions.first?.body.description ?? (found.permits.isEmpty ? "no" : "yes")
    }

    @Test(
        "what may fail is asked before a false that is known",
        arguments: [
            "-context.n == 1", "context.n + 1 == 1", "context.n - 1 == 1", "context.n * 2 == 1",
            "context.n + 1 < 3", "[context.n + 1].contains(1)", "!(context.n + 1 == 1)",
            "context.at.offset(context.ttl) == context.at", "context.at.durationSince(context.at) == context.ttl",
            "context.at.toDate() == context.at", "context.at.toDate().toTime() == context.ttl", "resource.open",
            "!resource.open", "resource.meta.size == 1", "principal.boss.name == \"a\"",
            "(if resource.open then true else false)", "[resource.meta.size].isEmpty()",
        ])
    func mayFail(condition: String) throws {
        #expect(try Self.left(of: "\(condition) && context.flag").hasSuffix(" && false"))
        #expect(try Self.left(of: "\(condition) || context.yes").hasSuffix(" || true"))
    }

    @Test(
        "what cannot fail is not asked before a false that is known",
        arguments: [
            "context.n == 1", "context.n < 3", "[context.n].contains(1)", "!(context.n == 1)",
            "principal in Group::\"g\"",
            "context has o", "context.at.toTime() == context.ttl", "principal is User", "principal.hasTag(\"a\")",
            "decimal(\"1.0\").lessThan(decimal(\"2.0\"))", "context.ttl.toDays() == 1",
        ])
    func cannotFail(condition: String) throws {
        #expect(try Self.left(of: "\(condition) && context.flag") == "no")
        #expect(try Self.left(of: "\(condition) || context.yes") == "yes")
    }

    @Test(
        "what was asked for first may fail all the same, when it is asked for alone",
        arguments: [
            ("context has o && (context.o == 1 && context.flag)", "context.o == 1 && false"),
            (
                "principal.hasTag(\"t\") && (principal.getTag(\"t\") == \"a\" && context.flag)",
                "principal.getTag(\"t\") == \"a\" && false"
            ),
        ])
    func askedFor(condition: String, left: String) throws {
        #expect(try Self.left(of: condition).contains(left))
    }

    @Test(
        "what may fail has no answer by its type alone",
        arguments: [
            "resource.owner has nothing", "resource.owner in File::\"f\"", "resource.owner == Group::\"g\"",
            "resource.owner is Group", "resource.owner != Group::\"g\"",
        ])
    func typesOfWhatMayFail(condition: String) throws {
        #expect(try Self.left(of: condition) == condition)
    }

    @Test(
        "what is known of a part of the context is used",
        arguments: [
            ("context has inner.y", "no"), ("context has inner.x", "yes"), ("context.inner.x", "yes"),
            ("context.inner has y", "no"), ("context has o", "context has o"),
        ])
    func context(condition: String, left: String) throws {
        #expect(try Self.left(of: condition) == left)
    }

    @Test("an entity that is known by its name alone has no attribute that the schema does not have")
    func knownByName() throws {
        let ann = PartialRequest.Participant.known(EntityUID(type: "User", id: "ann"))
        #expect(try Self.left(of: "principal has nothing", principal: ann) == "no")
        #expect(try Self.left(of: "principal has boss", principal: ann) == "User::\"ann\" has boss")
    }

    @Test(
        "the scope of the action is known",
        arguments: [
            ("action in Action::\"all\"", 1), ("action in Action::\"write\"", 0), ("action == Action::\"read\"", 1),
            ("action in [Action::\"write\", Action::\"all\"]", 1), ("action == Action::\"write\"", 0),
            ("action in [Action::\"write\"]", 0),
        ])
    func actions(constraint: String, count: Int) throws {
        let found = try Self.response("permit (principal, \(constraint), resource);", try Self.request())
        #expect(found.permits.count == count)
        #expect(found.residuals.isEmpty)
    }

    @Test("a context of fields that the action does not have is refused")
    func unknownField() throws {
        var request = try Self.request()
        request.context = .partial(try Record.parse(json: Array(#"{"nothing": 1}"#.utf8)))
        #expect(throws: PartialError.request(.context(action: Self.read))) {
            try Self.response("permit (principal, action, resource);", request)
        }
    }

    @Test("what is known already is part of the answer to the whole request")
    func completion() throws {
        let policies = """
            permit (principal, action == Action::"read", resource);
            forbid (principal, action == Action::"read", resource) unless { context.flag };
            permit (principal, action == Action::"read", resource) when { context.n == 1 };
            """
        let found = try Self.response(policies, try Self.request())
        let answer = try found.response(to: Self.full(), entities: .empty)
        #expect(answer.permits == ["policy0", "policy2"])
        #expect(answer.forbids == ["policy1"])
        var other = try Self.full()
        other.resource = EntityUID(type: "Group", id: "f")
        #expect(throws: PartialError.otherRequest) { try found.response(to: other, entities: .empty) }
    }

    private static func full() throws -> Request {
        let json = #"{"flag": false, "yes": true, "n": 1, "inner": {"x": true}}"#
        return Request(
            principal: EntityUID(type: "User", id: "a"), action: read, resource: file,
            context: try Record.parse(json: Array(json.utf8)))
    }

    @Test("entities complete others when they have the attributes, the tags and the ancestors that are known")
    func entities() throws {
        let (ann, group) = (EntityUID(type: "User", id: "a"), EntityUID(type: "Group", id: "g"))
        let name = Record([Record.Field(key: "name", value: .string("a"))])
        let known = [PartialEntity(ann, attributes: name, tags: name, ancestors: [group])]
        let found = try Self.response(
            "permit (principal, action == Action::\"read\", resource) when { resource.open };", try Self.request(),
            PartialEntities(known))
        func complete(_ entity: Entity) throws {
            _ = try found.response(to: Self.full(), entities: EntityStore([entity]))
        }
        try complete(Entity(ann, attributes: name, tags: name, parents: [group]))
        for other in [
            Entity(ann, attributes: .empty, tags: name, parents: [group]),
            Entity(ann, attributes: name, parents: [group]),
            Entity(ann, attributes: name, tags: name), Entity(group),
        ] {
            #expect(throws: PartialError.otherRequest) { try complete(other) }
        }
    }
}
