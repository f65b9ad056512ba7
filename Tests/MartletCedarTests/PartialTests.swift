import MartletCedar
import Testing

/// What is left of policies when some of the request is not known.
@Suite("Residuals")
struct PartialTests {
    @Test(
        "what does not depend is decided, what does stays, and nothing that may fail is dropped",
        arguments: [
            ("true", "satisfied"),
            ("false", "unsatisfied"),
            ("context.n == 5", "satisfied"),
            ("context.n == 6", "unsatisfied"),
            ("context.n + 9223372036854775807 > 0", "failed"),
            ("-(context.n) == -5", "satisfied"),
            ("-(principal.n) == -5", "-principal.n == -5"),
            ("context.mfa", "context.mfa"),
            ("context.mfa && context.n == 5", "context.mfa"),
            ("context.mfa && context.n == 6", "unsatisfied"),
            ("context.n == 6 && context.mfa", "unsatisfied"),
            ("context.n == 5 && context.mfa", "context.mfa"),
            ("resource.open && context.n == 6", "resource.open && false"),
            (
                "context.mfa && context.n + 9223372036854775807 > 0",
                "context.mfa && context.n + 9223372036854775807 > 0"
            ),
            ("context.mfa || context.n == 5", "satisfied"),
            ("context.n == 5 || context.mfa", "satisfied"),
            ("context.n == 6 || context.mfa", "context.mfa"),
            ("context.mfa || context.n == 6", "context.mfa"),
            ("context.mfa || principal.open", "invalid"),
            ("resource.open || context.n == 5", "resource.open || true"),
            ("!(context.mfa)", "!context.mfa"),
            ("if context.mfa then context.n == 5 else context.n == 6", "if context.mfa then true else false"),
            ("if context.n == 5 then context.mfa else false", "context.mfa"),
            ("if context.n == 6 then context.mfa else false", "unsatisfied"),
        ])
    func logic(condition: String, expected: String) throws {
        #expect(try World.outcome(condition) == expected)
    }

    @Test(
        "the schema answers what no request of these types can change",
        arguments: [
            ("context has mfa", "satisfied"),
            ("context has note", "context has note"),
            ("context has nothing", "unsatisfied"),
            ("context has at.x", "context has at.x"),
            ("context.at has x", "satisfied"),
            ("context.at has y", "context.at has y"),
            ("context.at has z", "unsatisfied"),
            ("context has n", "satisfied"),
            ("principal has boss", "principal has boss"),
            ("principal has nothing", "unsatisfied"),
            ("principal is User", "satisfied"),
            ("principal is Folder", "unsatisfied"),
            ("principal is User in Group::\"g\"", "principal in Group::\"g\""),
            ("principal is Folder in Group::\"g\"", "unsatisfied"),
            ("resource.owner is User", "resource.owner is User"),
            ("principal in Folder::\"f\"", "unsatisfied"),
            ("principal in Group::\"g\"", "principal in Group::\"g\""),
            ("principal in [Group::\"g\"]", "principal in [Group::\"g\"]"),
            ("User::\"a\" in Folder::\"f\"", "unsatisfied"),
            ("User::\"a\" in User::\"a\"", "satisfied"),
            ("User::\"a\" in [User::\"b\", User::\"a\"]", "satisfied"),
            ("User::\"a\" in [User::\"b\"]", "unsatisfied"),
            ("User::\"a\" in [Folder::\"g\"]", "unsatisfied"),
            ("User::\"a\" in [Group::\"g\"]", "User::\"a\" in [Group::\"g\"]"),
            ("action in Action::\"all\"", "satisfied"),
            ("action in Action::\"write\"", "unsatisfied"),
            ("principal == User::\"a\"", "principal == User::\"a\""),
            ("principal != resource.owner", "principal != resource.owner"),
        ])
    func types(condition: String, expected: String) throws {
        #expect(try World.outcome(condition) == expected)
    }

    @Test(
        "values that are known stand in what is left",
        arguments: [
            ("context.mfa == true", "context.mfa == true"),
            ("resource.owner is User in Group::\"g\"", "resource.owner is User in Group::\"g\""),
            ("context.ip.isInRange(ip(\"::1\")) && context.n == 6", "unsatisfied"),
            ("[{a: context.n}].contains({a: principal.n})", "[{a: 5}].contains({a: principal.n})"),
            (
                "context has t && context.t > datetime(\"1970-01-02\")",
                "context has t && context.t > datetime(\"1970-01-01\").offset(duration(\"86400000ms\"))"
            ),
            ("[context.n, 1].contains(5)", "satisfied"),
            ("[context.n].contains(principal.n)", "[5].contains(principal.n)"),
            ("[principal.n, context.n].contains(1)", "[principal.n, 5].contains(1)"),
            ("\"abc\" like \"a*\"", "satisfied"),
            ("{a: context.mfa, b: context.n}.a", "{a: context.mfa, b: 5}.a"),
            ("{a: context.n} == {a: 5}", "satisfied"),
            ("principal.name like \"a*\"", "principal.name like \"a*\""),
            ("context.ip.isInRange(ip(\"10.0.0.0/8\"))", "context.ip.isInRange(ip(\"10.0.0.0/8\"))"),
            ("context.mfa && decimal(\"1.5\").lessThan(decimal(\"1.0\"))", "unsatisfied"),
            ("context.ip.isIpv4() && context.n == 6", "unsatisfied"),
            (
                "(if context.mfa then duration(\"1h\") else duration(\"2h\")) > duration(\"1d\")",
                "(if context.mfa then duration(\"3600000ms\") else duration(\"7200000ms\")) > duration(\"86400000ms\")"
            ),
            (
                "principal.hasTag(\"t\") && principal.getTag(\"t\") == \"a\"",
                "principal.hasTag(\"t\") && principal.getTag(\"t\") == \"a\""
            ),
        ])
    func values(condition: String, expected: String) throws {
        #expect(try World.outcome(condition) == expected)
    }

    @Test(
        "what is known of entities is used, and only that",
        arguments: [
            ("principal.n == 1", "satisfied"),
            ("principal is User", "satisfied"),
            ("resource is User", "unsatisfied"),
            ("principal.name == \"x\"", "unsatisfied"),
            ("principal has boss && principal.boss.n == 1", "User::\"b\".n == 1"),
            ("principal has boss.n", "User::\"a\" has boss.n"),
            ("principal.hasTag(\"t\")", "User::\"a\".hasTag(\"t\")"),
            ("principal in Group::\"g\"", "satisfied"),
            ("principal in Group::\"h\"", "unsatisfied"),
            ("principal in [Group::\"h\", Group::\"g\"]", "satisfied"),
            ("resource.owner == principal", "File::\"f\".owner == User::\"a\""),
            ("resource.hasTag(\"t\") && resource.getTag(\"t\") == 1", "satisfied"),
            ("resource.hasTag(\"u\")", "unsatisfied"),
            ("resource in Folder::\"x\"", "File::\"f\" in Folder::\"x\""),
        ])
    func entities(condition: String, expected: String) throws {
        let entities = PartialEntities([
            PartialEntity(
                World.user("a"),
                attributes: try Record.parse(json: Array(World.attributes.utf8)),
                ancestors: [EntityUID(type: "Group", id: "g")]),
            PartialEntity(
                EntityUID(type: "File", id: "f"), tags: try Record.parse(json: Array(#"{"t": 1}"#.utf8))),
        ])
        let request = PartialRequest(
            principal: .known(World.user("a")), action: World.read,
            resource: .known(EntityUID(type: "File", id: "f")))
        #expect(try World.outcome(condition, request, entities) == expected)
    }

    /// The validator does not look behind what is false by its types; we do where the value is open.
    @Test(
        "what has wrong types stands where it is never reached",
        arguments: [
            "1.hasTag(\"a\")", "(1 + \"a\").hasTag(\"a\")", "User::\"a\".hasTag(1 + 1)",
            "User::\"a\".hasTag(1 + \"a\")", "principal.hasTag(1 + \"a\")", "1.getTag(\"a\") == 1", "(1 && true)",
            "(1 || true)", "(if 1 then true else true)",
            "1 is User", "1 is User in principal", "(1 + \"a\") is User", "1 has a", "(1 + \"a\") has b",
            "1.a == 1", "{a: 1}.b == 1", "(1 + \"a\").b == 1", "1 in 2", "User::\"a\" in [1]", "principal in [1]",
            "(1 + \"a\") in principal", "User::\"a\" in (1 + \"a\")", "principal in (1 + \"a\")", "1 like \"a\"",
            "ip(\"x\").isIpv4()", "[1 + \"a\"].isEmpty()", "{a: 1 + \"a\"} == {a: 1}", "-true == 1", "1 < true",
            "((1 + \"a\") == 1 && true)", "((1 + \"a\") == 1 || true)", "(if (1 + \"a\") == 1 then true else true)",
            "(context.ip.isInRange(ip(\"x\")) && context.n == 6)",
            "(context.ip.isInRange(ip(principal.name)) && context.n == 6)",
        ])
    func unreachable(condition: String) throws {
        let never = "principal has boss && !(principal has boss)"
        let found = try World.outcome("\(never) && \(condition)")
        #expect(found.hasPrefix("\(never) && "), "\(found)")
    }

    @Test(
        "a scope is decided by types where they suffice",
        arguments: [
            ("principal, action, resource", "satisfied"),
            ("principal == User::\"a\", action, resource", "principal == User::\"a\""),
            ("principal in Group::\"g\", action, resource is File", "principal in Group::\"g\""),
            ("principal is User in Group::\"g\", action, resource", "principal in Group::\"g\""),
            ("principal is Group, action, resource", "unsatisfied"),
            ("principal == Group::\"g\", action, resource", "unsatisfied"),
            ("principal, action == Action::\"write\", resource", "unsatisfied"),
            ("principal, action in Action::\"all\", resource", "satisfied"),
            ("principal, action in [Action::\"write\"], resource", "unsatisfied"),
            (
                "principal, action in [Action::\"write\", Action::\"all\"], resource in Folder::\"x\"",
                "resource in Folder::\"x\""
            ),
        ])
    func scopes(scope: String, expected: String) throws {
        #expect(try World.outcome(policy: "permit (\(scope));") == expected)
    }

    @Test(
        "the decision is known as soon as no completion can change it",
        arguments: [
            (["permit"], Decision.allow),
            (["permit when { context.mfa }"], nil),
            (["permit", "forbid when { context.mfa }"], nil),
            (["forbid", "permit when { context.mfa }"], .deny),
            (["forbid when { context.mfa }"], .deny),
            (["permit when { context.n == 6 }"], .deny),
            (["permit", "permit when { context.mfa }"], .allow),
        ])
    func decisions(policies: [String], expected: Decision?) throws {
        let texts = policies.map { policy in
            let effect = policy.prefix(6)
            return "\(effect) (principal, action == Action::\"read\", resource) \(policy.dropFirst(6));"
        }
        #expect(try World.response(texts.joined()).decision == expected)
    }
}

/// What is refused, and how what is left is completed.
@Suite("Partial answers")
struct PartialAnswerTests {
    private static let policies = """
        @id("a") permit (principal, action == Action::"read", resource) when { principal.n > context.n };
        permit (principal, action == Action::"read", resource) when { context.n == 5 };
        forbid (principal, action == Action::"read", resource) when { principal.n + 1 == 0 };
        permit (principal, action == Action::"read", resource) when { context.n + 9223372036854775807 == 0 };
        """

    private func store(_ n: String) throws -> EntityStore {
        let json = #"[{"uid": {"type": "User", "id": "a"}, "parents": [], "attrs": {"name": "", "n": \#(n)}}]"#
        return try World.schema().entities(json: Array(json.utf8))
    }

    private func full(_ id: Text, n: Int = 5) throws -> Request {
        let json = #"{"mfa": true, "n": \#(n), "ip": "::1", "at": {"x": true}}"#
        let context = try World.schema().context(json: Array(json.utf8), action: World.read)
        return Request(
            principal: World.user(id), action: World.read, resource: EntityUID(type: "File", id: "f"), context: context)
    }

    @Test(
        "what is left, completed, gives the permits, forbids and errors of all policies",
        arguments: [
            ("6", ["policy0", "policy1"], [], ["policy3"]), ("-1", ["policy1"], ["policy2"], ["policy3"]),
            ("9223372036854775807", ["policy0", "policy1"], [], ["policy2", "policy3"]),
        ])
    func completion(n: String, permits: [String], forbids: [String], errors: [String]) throws {
        let found = try World.response(Self.policies)
        #expect(found.residuals.map(\.id.string) == ["policy0", "policy2"])
        #expect(found.residuals.first?.body.annotation("id") == "a")
        let response = try found.response(to: full("a"), entities: store(n))
        #expect(response.permits.map(\.string) == permits)
        #expect(response.forbids.map(\.string) == forbids)
        #expect(response.errors.map(\.policy.string) == errors)
    }

    @Test("another request, and other entities, are no completion")
    func otherRequests() throws {
        let alice = PartialEntity(World.user("a"), attributes: .empty)
        let found = try World.response(Self.policies)
        #expect(throws: PartialError.otherRequest) { try found.response(to: full("a", n: 6), entities: store("1")) }
        var other = try full("a")
        other.action = EntityUID(type: "Action", id: "write")
        #expect(throws: PartialError.otherRequest) { try found.response(to: other, entities: store("1")) }
        other = try full("a")
        other.principal = EntityUID(type: "Group", id: "a")
        #expect(throws: PartialError.otherRequest) { try found.response(to: other, entities: store("1")) }
        let known = try World.response(Self.policies, nil, PartialEntities([alice]))
        #expect(throws: PartialError.otherRequest) { try known.response(to: full("b"), entities: store("1")) }
        #expect(throws: PartialError.otherRequest) { try known.response(to: full("b"), entities: .empty) }
        let exact = PartialRequest(
            principal: .known(World.user("a")), action: World.read,
            resource: .any(EntityUID(type: "File", id: "").type),
            context: .known(try full("a").context))
        let one = try World.response(Self.policies, exact, PartialEntities(store("1")))
        #expect(one.residuals.isEmpty)
        #expect(try one.response(to: full("a"), entities: store("1")).permits.map(\.string) == ["policy1"])
        #expect(throws: PartialError.otherRequest) { try one.response(to: full("b"), entities: store("1")) }
        #expect(throws: PartialError.otherRequest) { try one.response(to: full("a", n: 1), entities: store("1")) }
    }

    @Test(
        "conditions are asked in order, and what fails later is not the first answer",
        arguments: [
            ("when { resource.open } when { context.n == 6 }", "resource.open && false"),
            ("when { context.mfa } when { context.n == 6 }", "unsatisfied"),
            ("when { context.n == 6 } when { context.mfa }", "unsatisfied"),
            ("when { context.mfa } unless { context.n == 5 }", "unsatisfied"),
            (
                "when { context.mfa } when { context.n + 9223372036854775807 > 0 }",
                "context.mfa && context.n + 9223372036854775807 > 0"
            ),
            ("when { context.n + 9223372036854775807 > 0 } when { context.mfa }", "failed"),
            ("when { context.mfa } unless { resource.open }", "context.mfa && !resource.open"),
        ])
    func conditions(conditions: String, expected: String) throws {
        let policy = "permit (principal, action == Action::\"read\", resource) \(conditions);"
        #expect(try World.outcome(policy: policy) == expected)
    }

    @Test("a context that is known to the end is a value")
    func knownContext() throws {
        var request = try World.anyone()
        request.context = .known(try full("a").context)
        #expect(try World.outcome("context has note || context.at has y", request) == "unsatisfied")
        #expect(try World.outcome("context.at.x && context.ip.isLoopback()", request) == "satisfied")
    }

    @Test("what cannot fit the schema is refused")
    func refusals() throws {
        let request = try World.anyone()
        func refusal(_ change: (inout PartialRequest) throws -> Void) throws -> PartialError? {
            var changed = request
            try change(&changed)
            do {
                _ = try World.response(Self.policies, changed)
                return nil
            } catch let error as PartialError {
                return error
            }
        }
        let nothing = EntityUID(type: "Action", id: "nothing")
        let group = EntityUID(type: "Group", id: "").type
        let wrong = try Record.parse(json: Array(#"{"n": "5"}"#.utf8))
        #expect(try refusal { _ in } == nil)
        #expect(try refusal { $0.action = nothing } == .request(.unknownAction(nothing)))
        #expect(try refusal { $0.principal = .any(group) } == .request(.principalType(group, action: World.read)))
        #expect(try refusal { $0.resource = .any(group) } == .request(.resourceType(group, action: World.read)))
        #expect(try refusal { $0.context = .partial(wrong) } == .request(.context(action: World.read)))
        #expect(try refusal { $0.context = .known(.empty) } == .request(.context(action: World.read)))
        let color = EntityUID(type: "Color", id: "blue")
        #expect(
            try refusal {
                $0.action = EntityUID(type: "Action", id: "paint")
                $0.resource = .known(color)
            } == .request(.unknownEnumeratedEntity(color)))
    }
}

/// People, files and what they do with them.
enum World {
    static let read = EntityUID(type: "Action", id: "read")
    static func user(_ id: Text) -> EntityUID { EntityUID(type: "User", id: id) }
    static let attributes =
        #"{"n": 1, "name": "a", "boss": {"__entity": {"type": "User", "id": "b"}}}"#

    static func schema() throws -> Schema {
        let text = """
            entity Group in [Group];
            entity User in [Group] {n: Long, boss?: User, name: String} tags String;
            entity File in [Folder] {owner: User, open: Bool} tags Long;
            entity Folder;
            action all;
            action read in [all] appliesTo {
                principal: [User], resource: [File],
                context: {mfa: Bool, n: Long, ip: ipaddr, note?: String, t?: datetime, at: {x: Bool, y?: Long}}
            };
            entity Color enum ["red"];
            action paint appliesTo {principal: [User], resource: [Color], context: {}};
            action write appliesTo {principal: [User, Group], resource: [File, Folder], context: {}};
            """
        return try Schema(text: Array(text.utf8))
    }

    /// Any user reads any file; the context has `n` 5 and more.
    static func anyone() throws -> PartialRequest {
        PartialRequest(
            principal: .any(user("").type), action: read, resource: .any(EntityUID(type: "File", id: "").type),
            context: .partial(try Record.parse(json: Array(#"{"n": 5}"#.utf8))))
    }

    static func response(
        _ policies: String, _ request: PartialRequest? = nil, _ entities: PartialEntities = .unknown
    ) throws -> PartialResponse {
        let authorizer = try PartialAuthorizer(try PolicySet.parse(policies), schema: try schema())
        return try authorizer.response(to: try request ?? anyone(), entities: entities)
    }

    /// What is known about one `permit`.
    static func outcome(
        policy: String, _ request: PartialRequest? = nil, _ entities: PartialEntities = .unknown
    ) throws -> String {
        do {
            let found = try response(policy, request, entities)
            if let residual = found.residuals.first { return residual.body.conditions.map(\.body.description).joined() }
            return found.permits.isEmpty ? found.errors.isEmpty ? "unsatisfied" : "failed" : "satisfied"
        } catch PartialError.invalidPolicies {
            return "invalid"
        }
    }

    static func outcome(
        _ condition: String, _ request: PartialRequest? = nil, _ entities: PartialEntities = .unknown
    ) throws -> String {
        let scope = "principal, action == Action::\"read\", resource"
        return try outcome(policy: "permit (\(scope)) when { \(condition) };", request, entities)
    }
}
