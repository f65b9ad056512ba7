import MartletCedar
import Testing

@Suite("Authorizer")
struct AuthorizerTests {
    private func response(_ text: String) throws -> Response {
        Authorizer(try PolicySet.parse(text)).response(to: Fixture.request, entities: Fixture.entities)
    }

    @Test("nothing is permitted without a policy")
    func empty() throws {
        #expect(try response("").decision == .deny)
    }

    @Test("a forbid beats every permit, and the permits are told all the same")
    func forbidWins() throws {
        let answer = try response(
            """
            permit (principal, action, resource);
            forbid (principal, action, resource);
            permit (principal is User, action, resource);
            forbid (principal, action, resource) when { false };
            """)
        #expect(answer.decision == .deny)
        #expect(answer.permits == ["policy0", "policy2"])
        #expect(answer.forbids == ["policy1"])
        #expect(answer.determining == ["policy1"])
    }

    @Test("a policy that fails counts as not satisfied, and is told")
    func errors() throws {
        let answer = try response(
            """
            permit (principal, action, resource);
            forbid (principal, action, resource) when { context.bad == 2 };
            permit (principal, action, resource) unless { 1 };
            """)
        #expect(answer.decision == .allow)
        #expect(answer.determining == ["policy0"])
        #expect(answer.errors.map(\.policy) == ["policy1", "policy2"])
        #expect(answer.errors.first?.error.kind == .noSuchKey("bad"))
    }

    @Test("conditions are asked in order, up to the first that does not hold")
    func shortCircuit() throws {
        let text = "permit (principal, action, resource) when { false } when { 1 };"
        #expect(try response(text).errors == [])
        #expect(try response("permit (principal is File, action, resource) when { 1 };").errors == [])
    }

    @Test(
        "a scope admits what it names",
        arguments: [
            ("principal, action, resource", true), ("principal == User::\"alice\", action, resource", true),
            ("principal == User::\"bob\", action, resource", false),
            ("principal in Group::\"staff\", action, resource", true),
            ("principal == Group::\"staff\", action, resource", false),
            ("principal in Group::\"other\", action, resource", false),
            ("principal is User, action, resource", true), ("principal is File, action, resource", false),
            ("principal is User in Group::\"admins\", action, resource", true),
            ("principal is Group in Group::\"admins\", action, resource", false),
            ("principal is User in Group::\"x\", action, resource", false),
            ("principal, action == Action::\"read\", resource", true),
            ("principal, action == Action::\"write\", resource", false),
            ("principal, action == Action::\"all\", resource", false),
            ("principal, action in Action::\"all\", resource", true),
            ("principal, action in [Action::\"all\", Action::\"read\"], resource", true),
            ("principal, action, resource == Folder::\"f\"", false),
            ("principal, action, resource in Folder::\"f\"", true),
            ("principal, action, resource is File in Folder::\"f\"", true),
            ("principal, action in Action::\"read\", resource", true),
            ("principal, action in [Action::\"write\", Action::\"read\", Action::\"read\"], resource", true),
            ("principal, action in [Action::\"write\"], resource", false), ("principal, action in [], resource", false),
            ("principal, action, resource == File::\"a\"", true), ("principal, action, resource is User", false),
            ("principal, action, resource in File::\"b\"", false),
        ])
    func scope(scope: String, isAdmitted: Bool) throws {
        let answer = try response("permit (\(scope));")
        #expect((answer.decision == .allow) == isAdmitted)
        #expect(answer.permits.count == (isAdmitted ? 1 : 0))
    }

    @Test("a template takes part when it is linked, with the slots filled")
    func templates() throws {
        var set = try PolicySet.parse(
            "@id(\"t\") permit (principal == ?principal, action, resource in ?resource);", naming: .annotation("id"))
        #expect(Authorizer(set).response(to: Fixture.request, entities: Fixture.entities).decision == .deny)
        try set.link(
            template: "t", id: "bob", slots: [.principal: EntityUID(type: "User", id: "bob"), .resource: file])
        #expect(Authorizer(set).response(to: Fixture.request, entities: Fixture.entities).decision == .deny)
        try set.link(template: "t", id: "alice", slots: [.principal: Fixture.user, .resource: file])
        #expect(Authorizer(set).response(to: Fixture.request, entities: Fixture.entities).permits == ["alice"])
    }

    @Test("a link fills every slot of a template and no other")
    func links() throws {
        var set = try PolicySet.parse(
            "permit (principal == ?principal, action, resource); permit (principal, action, resource);")
        #expect(throws: PolicySetError.missingSlot(.principal, template: "policy0")) {
            try set.link(template: "policy0", id: "a", slots: [:])
        }
        #expect(throws: PolicySetError.unknownSlot(.resource, template: "policy0")) {
            try set.link(template: "policy0", id: "a", slots: [.principal: Fixture.user, .resource: file])
        }
        #expect(throws: PolicySetError.noSuchTemplate("policy1")) {
            try set.link(template: "policy1", id: "a", slots: [:])
        }
        #expect(throws: PolicySetError.duplicateID("policy1")) {
            try set.link(template: "policy0", id: "policy1", slots: [.principal: Fixture.user])
        }
    }

    private var file: EntityUID { EntityUID(type: "File", id: "a") }
}
