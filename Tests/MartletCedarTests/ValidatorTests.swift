import Testing

@testable import MartletCedar

@Suite("Validator")
struct ValidatorTests {
    private static let schema = """
        entity Team in [Team];
        entity Color enum ["red"];
        entity User in [Team] { age?: Long, name: String };
        entity Bot { name: String, load: Long };
        entity Doc in [Folder];
        entity Folder in [Folder];
        action all;
        action read, write in [all] appliesTo { principal: [User, Bot], resource: [Doc, Folder] };
        action paint appliesTo { principal: User, resource: Color };
        action unused;
        """

    private func result(_ policies: String, _ mode: ValidationMode = .strict) throws -> ValidationResult {
        Validator(try Schema(text: Array(Self.schema.utf8))).validate(try PolicySet.parse(policies), mode: mode)
    }

    @Test(
        "names that the schema does not have are found, wherever they stand",
        arguments: [
            ("permit (principal == Nobody::\"a\", action, resource);", .unknownEntityType(.init(unchecked: "Nobody"))),
            ("permit (principal is Nobody, action, resource);", .unknownEntityType(.init(unchecked: "Nobody"))),
            (
                "permit (principal, action, resource is Doc in Nobody::\"a\");",
                .unknownEntityType(.init(unchecked: "Nobody"))
            ),
            (
                "permit (principal, action == Action::\"fly\", resource);",
                .unknownAction(EntityUID(type: .init(unchecked: "Action"), id: "fly"))
            ),
            (
                "permit (principal, action, resource == Color::\"blue\");",
                .unknownEnumeratedEntity(EntityUID(type: .init(unchecked: "Color"), id: "blue"))
            ),
        ] as [(String, ValidationError.Kind)])
    func names(policy: String, kind: ValidationError.Kind) throws {
        #expect(try result(policy).errors.map(\.kind).contains(kind))
    }

    @Test(
        "a scope that no request satisfies is an error and the policy impossible",
        arguments: [
            ("principal is Doc, action, resource", false, false),
            ("principal, action == Action::\"unused\", resource", false, false),
            ("principal is Bot, action == Action::\"paint\", resource", false, false),
            ("principal == Team::\"a\", action, resource", true, false),
            ("principal, action == Action::\"paint\", resource == Folder::\"a\"", false, false),
            ("principal, action in Action::\"all\", resource is Color", false, false),
        ])
    func scope(scope: String, principalNeedsIn: Bool, resourceNeedsIn: Bool) throws {
        let result = try result("permit (\(scope));")
        #expect(
            result.errors.map(\.kind) == [
                .scopeNeverApplies(principalNeedsIn: principalNeedsIn, resourceNeedsIn: resourceNeedsIn)
            ])
        #expect(result.warnings == [.impossiblePolicy("policy0")])
    }

    @Test(
        "a scope that some request satisfies is none",
        arguments: [
            "principal, action, resource", "principal in Team::\"a\", action, resource",
            "principal, action in [Action::\"read\", Action::\"paint\"], resource is Color",
            "principal is User in Team::\"a\", action in Action::\"all\", resource in Folder::\"a\"",
            "principal == ?principal, action, resource in ?resource",
            "principal is Bot in ?principal, action, resource",
        ])
    func satisfied(scope: String) throws {
        let result = try result("permit (\(scope));")
        #expect(result.errors == [])
        #expect(result.warnings == [])
    }

    @Test("a condition that is always false is a warning, no error")
    func impossible() throws {
        let result = try result("permit (principal, action, resource) when { principal is Team };")
        #expect(result.errors == [])
        #expect(result.warnings == [.impossiblePolicy("policy0")])
    }

    @Test("a template is checked for the types that can fill its slots, a link for the ones that do")
    func links() throws {
        let validator = Validator(try Schema(text: Array(Self.schema.utf8)))
        var policies = try PolicySet.parse("permit (principal in ?principal, action, resource == ?resource);")
        #expect(validator.validate(policies).isValid)
        let team = try EntityUID.parse("Team::\"a\"")
        let doc = try EntityUID.parse("Doc::\"a\"")
        try policies.link(template: "policy0", id: "good", slots: [.principal: team, .resource: doc])
        #expect(validator.validate(policies).isValid)
        try policies.link(template: "policy0", id: "bad", slots: [.principal: doc, .resource: doc])
        try policies.link(
            template: "policy0", id: "unknown",
            slots: [.principal: try EntityUID.parse("Nobody::\"a\""), .resource: doc])
        let never = ValidationError.Kind.scopeNeverApplies(principalNeedsIn: false, resourceNeedsIn: false)
        #expect(
            validator.validate(policies).errors.map { "\($0.policy): \($0.kind)" } == [
                "bad: \(never)", "unknown: \(ValidationError.Kind.unknownEntityType(.init(unchecked: "Nobody")))",
                "unknown: \(never)",
            ])
    }

    /// cedarpy has no permissive mode; the rules are those of cedar-spec, `Typechecker.lean`.
    @Test(
        "permissive mode accepts what cannot fail, strict mode does not",
        arguments: [
            "[] == [1]", "[1, 2] == []", "{a: 1} == {b: 1}", "[1].contains(\"a\")", "[].isEmpty()",
            "[1].containsAll([\"a\"])", "(if principal has name then principal else resource) has age",
            "(if principal has name then {a: 1} else {a: 1, b: 2}).a == 1", "ip(principal.name).isIpv4()",
            "[principal, resource].contains(principal)", "principal in []",
        ])
    func permissive(condition: String) throws {
        let policy = "permit (principal, action, resource) when { \(condition) };"
        #expect(try !result(policy).isValid)
        #expect(try result(policy, .permissive).errors == [])
    }

    @Test(
        "permissive mode refuses what can fail",
        arguments: [
            "[1, \"a\"].contains(1)", "(if principal has name then 1 else \"a\") == 1", "principal.load == 1",
            "(if principal has name then {a: 1} else {a: 1, b: 2}).b == 2", "ip(\"x\").isIpv4()", "1 < \"a\"",
            "(if principal has name then principal else resource).name == \"a\"", "principal.age == 1",
        ])
    func permissiveRefusal(condition: String) throws {
        #expect(try !result("permit (principal, action, resource) when { \(condition) };", .permissive).isValid)
    }

    @Test("what is too deep or takes too long does not pass, and does not crash")
    func limits() throws {
        let validator = Validator(try Schema(text: Array(Self.schema.utf8)))
        let names = Array(repeating: Text("a"), count: 50_000)
        let has = Condition(.when, Expression(.hasAttribute(Expression(.variable(.principal)), names)))
        #expect(validator.validate(PolicyBody(.permit, conditions: [has]), id: "a").errors.map(\.kind) == [.tooComplex])
        let conditions = Array(repeating: Condition(.when, Expression(.literal(.bool(true)))), count: 50_000)
        let many = PolicyBody(.permit, conditions: conditions)
        #expect(validator.validate(many, id: "a").errors.map(\.kind) == [.tooComplex])
        let yes = Expression(.literal(.bool(true)))
        let nested = (0..<990).reduce(yes) { inner, _ in Expression(.binary(.notEqual, inner, yes)) }
        let deep = PolicyBody(.permit, conditions: [Condition(.when, nested)])
        #expect(validator.validate(deep, id: "a").isValid)
        let chain = Array(repeating: "principal has age", count: 900).joined(separator: " && ")
        let wide = try PolicySet.parse("permit (principal, action, resource) when { \(chain) };")
        #expect(validator.validate(wide).isValid)
        var hurried = validator
        hurried.budget = 1_000
        #expect(hurried.validate(wide).errors.map(\.kind) == [.tooComplex])
    }
}
