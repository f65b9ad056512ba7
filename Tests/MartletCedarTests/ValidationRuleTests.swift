import Testing

@testable import MartletCedar

/// Each of these holds one rule alone: take the rule out, and one of them is red (docs/policy-tests.md). The verdicts of the
/// strict mode are those of cedar-policy 4.12.
@Suite("Each rule of validation")
struct ValidationRuleTests {
    private static let text = """
        namespace Up { action top; }
        entity Group in [Group];
        entity Color enum ["red"];
        entity Bot { age: Long, name: String };
        entity Doc in [Folder] { owner: User, age: Long };
        entity Folder in [Folder];
        entity User in [Group] {
            name: String, age?: Long, boss: User, color?: Color, friend?: User, good?: Bool, nums?: Set<Long>,
            home: { city: String, zip?: Long }, price: decimal, ip: ipaddr, at: datetime, ttl: duration
        } tags String;
        action all in [Up::Action::"top"];
        action other;
        action read in [all] appliesTo {
            principal: [User], resource: [Doc], context: { mfa: Bool, ip?: ipaddr, what: Action }
        };
        action ask appliesTo { principal: [User, Bot], resource: [Color] };
        action keep appliesTo { principal: [Group, User], resource: [Doc, Color] };
        """
    private let validator: Validator

    init() throws { validator = Validator(try Schema(text: Array(Self.text.utf8))) }

    private func result(
        policy: String, _ mode: ValidationMode = .strict, level: Int? = nil
    ) throws -> ValidationResult {
        validator.validate(try PolicySet.parse(policy), mode: mode, level: level)
    }

    private func errors(
        _ condition: String, _ mode: ValidationMode = .strict, level: Int? = nil
    ) throws -> [ValidationError.Kind] {
        let policy = "permit (principal, action == Action::\"read\", resource) when { \(condition) };"
        return try result(policy: policy, mode, level: level).errors.map(\.kind)
    }

    @Test(
        "each operand of each operator has a type",
        arguments: [
            "1 && true", "1 && context.mfa", "context.mfa && 1", "1 || true", "1 || context.mfa", "context.mfa || 1",
            "\"a\" + 1 == 1", "1 + \"a\" == 1",
            "\"a\" - 1 == 1", "1.containsAll([1])", "[1].containsAll(1)", "1.containsAny([1])", "[1].containsAny(1)",
            "1.name == 1", "1 has name", "principal is User in 1", "-true == 1", "1.isEmpty()", "1 like \"a\"",
        ])
    func operands(condition: String) throws {
        let found = try errors(condition)
        guard found.count == 1, case .unexpectedType = found.first else {
            Issue.record("\(condition): \(found)")
            return
        }
    }

    @Test("each argument of each function has a type", arguments: ExtensionFunction.allCases)
    func arguments(function: ExtensionFunction) {
        let parameters = function.signature.parameters
        for (index, parameter) in parameters.enumerated() {
            var arguments = parameters.map(Self.expression)
            arguments[index] = Expression(.literal(.bool(true)))
            let body = PolicyBody(
                .permit, action: .equal(EntityUID(type: "Action", id: "read")),
                conditions: [Condition(.when, Expression(.set([Expression(.call(function, arguments))])))])
            let kinds = validator.validate(body, id: "a").errors.map(\.kind)
            #expect(kinds.contains(.unexpectedType(expected: [parameter], found: .boolean(.true))), "\(kinds)")
        }
    }

    private static func expression(of type: CedarType) -> Expression {
        let names: [CedarType: Text] = [
            .extension(.decimal): "price", .extension(.ipaddr): "ip", .extension(.datetime): "at",
            .extension(.duration): "ttl",
        ]
        return Expression(.getAttribute(Expression(.variable(.principal)), names[type] ?? "name"))
    }

    @Test(
        "what is compared is of one type that has an order",
        arguments: [
            ("1 < principal.at", [CedarType.long], CedarType.extension(.datetime)),
            ("principal.at < 1", [.long], .extension(.datetime)),
            ("principal.at < \"a\"", [.extension(.datetime)], .string),
            ("\"a\" <= principal.ttl", [.extension(.duration)], .string),
            ("\"a\" < 1", [.long], .string), ("1 > \"a\"", [.long], .string),
        ])
    func order(condition: String, expected: [CedarType], found: CedarType) throws {
        #expect(try errors(condition) == [.unexpectedType(expected: expected, found: found)])
    }

    @Test(
        "what is certain by its types is known, so that what is behind it is never reached",
        arguments: [
            "(context.mfa || {a: 1} has a) || context.nothing", "({a: 1} has a && {b: 1} has b) || context.nothing",
            "({a: 1} has b || {a: 1} has c) && context.nothing", "(false || true) == false && context.nothing",
            "action in Action::\"other\" && context.nothing", "action in [Action::\"other\"] && context.nothing",
            "principal in [Folder::\"f\"] && context.nothing", "action has x && context.nothing",
            "context has mfa || context.nothing", "!(principal is User) && context.nothing",
            "principal.hasTag(\"a\") && !(principal.hasTag(\"a\")) && context.nothing", "1 >= 2", "1 > 2",
            "!(1 != 1) || context.nothing",
        ])
    func certain(condition: String) throws {
        #expect(try errors(condition) == [])
        #expect(try errors(condition, .permissive) == [])
    }

    @Test(
        "what is not certain by its types is not taken for it",
        arguments: [
            "User::\"a\" in User::\"b\" && context.nothing", "User::\"a\" in Group::\"b\" && context.nothing",
            "action in [Action::\"other\", context.what] && context.nothing",
            "context.what in Up::Action::\"top\" && context.nothing", "context.mfa || context.nothing",
            "(if context.mfa then true else principal has age) && principal.age > 1",
            "(if context.mfa then principal has age else true) && principal.age > 1",
        ])
    func uncertain(condition: String) throws {
        #expect(try errors(condition).count == 1)
        #expect(try errors(condition, .permissive).count == 1)
    }

    @Test(
        "what was asked for is there in what follows",
        arguments: [
            "(if false then true else principal has age) && principal.age > 1",
            "(if true then principal has age else true) && principal.age > 1",
            "(if principal has age then true else principal has age) && principal.age > 1",
            "if principal has age then principal.age > 1 else true",
            "(principal has age && context.mfa) && principal.age > 1",
            "(context.mfa && principal has age) && principal.age > 1",
        ])
    func capabilities(condition: String) throws {
        #expect(try errors(condition) == [])
    }

    @Test(
        "permissive mode knows that types are mixed, and does not count on either",
        arguments: [
            ("(if context.mfa then principal else resource) has name && context.nothing", 1),
            ("(if context.mfa then principal else resource) is User || context.nothing", 1),
            ("(if context.mfa then principal else resource) == principal && context.nothing", 1),
            ("(if context.mfa then resource else principal).owner == principal", 1),
            ("(if context.mfa then (if context.mfa then {a: 1} else {b: 1}) else {}) has a && context.nothing", 1),
            ("(if context.mfa then {a: 1} else {a: 1, b: 2}) has b && context.nothing", 1),
            ("(if context.mfa then {a: 1, b: 2} else {a: 1}) has b && context.nothing", 1),
            ("(if context.mfa then principal.home else {city: \"\", zip: 1}).zip == 1", 1),
            ("(if context.mfa then {city: \"\", zip: 1} else principal.home).zip == 1", 1),
            ("(if context.mfa then {city: \"\", zip: 1, more: 1} else principal.home).zip == 1", 1),
            ("(if context.mfa then principal.home else {city: \"\", zip: 1, more: 1}).zip == 1", 1),
            ("(if context.mfa then {a: principal} else {a: resource}).a.age == 1", 1),
            ("(if context.mfa then {a: 1} else {a: \"\"}) has a", 0),
        ])
    func mixed(condition: String, count: Int) throws {
        #expect(try errors(condition, .permissive).count == count)
        #expect(try !errors(condition).isEmpty)
    }

    @Test(
        "an attribute that is not there may exist in some of what is possible",
        arguments: [
            ("(if context.mfa then principal else resource).name == \"\"", true),
            ("(if context.mfa then {a: 1} else {b: 1}).a == 1", true), ("principal.nothing == 1", false),
            ("action.nothing == 1", false), ("{a: 1}.b == 1", false),
        ])
    func mayExist(condition: String, mayExist: Bool) throws {
        guard case .unknownAttribute(_, _, mayExist) = try errors(condition, .permissive).first else {
            Issue.record("\(condition)")
            return
        }
    }

    @Test("strict mode tells an attribute that may be missing from one that may not")
    func optional() throws {
        let zip = "principal.home == {city: \"\", zip: 1}"
        #expect(try errors(zip).count == 1)
        #expect(try errors(zip, .permissive) == [])
        #expect(try errors("(if context.mfa then principal.home else {city: \"\", zip: 1}) has city").count == 1)
    }

    @Test(
        "what is wrong on the one side does not hide what is wrong on the other",
        arguments: [
            "principal.color in Group::\"a\" && context.nothing", "principal in principal.friend && context.nothing",
            "principal in principal.color && context.nothing",
        ])
    func bothSides(condition: String) throws {
        #expect(try errors(condition).count == 2)
    }

    /// What is optional and was not asked for has a type all the same.
    @Test(
        "the level of what does not pass is not told, wherever in it the error is",
        arguments: [
            "[principal.age].isEmpty()", "[1, principal.age].isEmpty()", "{a: principal.age}.a == 1",
            "if principal.good then true else context.mfa", "if true then principal.good else true",
            "if false then true else principal.good", "if context.mfa then principal.good else true",
            "if context.mfa then true else principal.good",
            "(if true || principal.good then 1 else 2) == principal.age",
            "(if context.mfa then 1 else \"a\") == 1", "(if context.mfa then [1] else 1).isEmpty()",
            "if (true && principal.good) then true else context.mfa",
            "if (principal.good || true) then true else context.mfa",
            "if (principal.good && false) then true else context.mfa", "!((principal.good && false) && true)",
            "!(!(principal.good || true) || false)", "principal.good && context.mfa", "context.mfa && principal.good",
            "principal.good || context.mfa", "context.mfa || principal.good", "!principal.good",
            "-principal.age == 1", "principal.nums.isEmpty()", "principal.age == 1", "1 == principal.age",
            "principal.age + 1 == 1", "1 + principal.age == 1", "principal.age < 1", "1 < principal.age",
            "principal.nums.contains(1)", "[1].contains(principal.age)", "principal.nums.containsAll([1])",
            "[1].containsAny(principal.nums)", "principal.friend in Group::\"a\"", "principal in principal.friend",
            "principal.friend is User", "principal.friend has name", "principal.friend.name == \"a\"",
            "principal.friend.hasTag(\"a\")",
            "principal.friend.hasTag(\"a\") && principal.friend.getTag(\"a\") == \"\"",
            "context.ip.isIpv4()", "principal.ip.isInRange(context.ip)", "-(principal.nothing) == 1",
            "principal.nothing like \"a\"", "(if context.mfa then principal.nothing else 1) == 1",
        ])
    func failuresHaveNoLevel(condition: String) throws {
        let whole = "(\(condition)) && resource.age == 1"
        let wrong = try errors(whole)
        #expect(!wrong.isEmpty)
        #expect(try errors(whole, level: 0) == wrong)
    }

    @Test(
        "an action that the schema does not have fails what it stands in, and the rest is checked all the same",
        arguments: [
            ("== Action::\"nope\"", 2), ("in Action::\"nope\"", 5), ("in [Action::\"read\", Action::\"nope\"]", 5),
        ])
    func unknownActions(constraint: String, count: Int) throws {
        let policy = "permit (principal, action \(constraint), resource) when { principal.boss.nothing == 1 };"
        let names = try result(policy: policy).errors.map(\.kind)
        #expect(names.first == .unknownAction(EntityUID(type: "Action", id: "nope")))
        #expect(names.contains(.scopeNeverApplies(principalNeedsIn: false, resourceNeedsIn: false)))
        #expect(names.count == count)
        let good = "permit (principal, action \(constraint), resource) when { resource in resource };"
        #expect(try result(policy: good, level: 0).errors == result(policy: good).errors)
    }

    @Test(
        "a scope leaves out the kinds of requests that it does not admit",
        arguments: [
            "principal in Group::\"g\", action == Action::\"ask\", resource",
            "principal is User in Group::\"g\", action == Action::\"ask\", resource",
            "principal is User, action == Action::\"ask\", resource",
            "principal == User::\"a\", action == Action::\"ask\", resource",
            "principal, action == Action::\"read\", resource in Folder::\"f\"",
        ])
    func pruning(scope: String) throws {
        #expect(try result(policy: "permit (\(scope)) when { principal.boss == principal };").errors == [])
    }

    @Test(
        "a scope that no request satisfies says whether `in` would help",
        arguments: [
            ("principal is Bot in Group::\"g\", action, resource", false, false),
            ("principal, action == Action::\"read\", resource == Folder::\"f\"", false, true),
            ("principal == Group::\"g\", action == Action::\"read\", resource", true, false),
            ("principal == Group::\"g\", action == Action::\"keep\", resource == User::\"a\"", false, false),
        ])
    func needsIn(scope: String, principal: Bool, resource: Bool) throws {
        let kinds = try result(policy: "permit (\(scope));").errors.map(\.kind)
        #expect(kinds == [.scopeNeverApplies(principalNeedsIn: principal, resourceNeedsIn: resource)])
    }

    @Test("an entity is in one of its own type, if only in itself")
    func inItself() throws {
        #expect(try result(policy: "permit (principal in User::\"a\", action, resource);").isValid)
    }

    @Test("a name that is not known is told once for each place")
    func names() throws {
        let nobody = ValidationError.Kind.unknownEntityType(.init(unchecked: "Nobody"))
        let both = try result(policy: "permit (principal == Nobody::\"a\", action, resource in Nobody::\"b\");")
        #expect(both.errors.filter { $0.kind == nobody }.count == 1)
        let within = try result(policy: "permit (principal is Nobody in Group::\"a\", action, resource);")
        #expect(within.errors.contains { $0.kind == nobody })
        let compared = try result(policy: "permit (principal, action, resource) when { Nobody::\"a\" == principal };")
        #expect(compared.errors.map(\.kind) == [nobody])
        #expect(compared.warnings == [])
    }

    @Test("what has to be false counts as its opposite")
    func unless() throws {
        let policy = "permit (principal is User, action, resource) unless { principal is User };"
        #expect(try result(policy: policy).warnings == [.impossiblePolicy("policy0")])
    }

    @Test("a template that is not linked is checked too")
    func templates() throws {
        let template =
            "permit (principal == ?principal, action == Action::\"read\", resource) when { context.nothing };"
        #expect(try result(policy: template).errors.count == 1)
    }

    @Test("an action fills a slot in vain, and is no entity type that is not known")
    func actionInSlot() throws {
        var policies = try PolicySet.parse("permit (principal == ?principal, action, resource);")
        try policies.link(template: "policy0", id: "a", slots: [.principal: EntityUID(type: "Action", id: "read")])
        let never = ValidationError.Kind.scopeNeverApplies(principalNeedsIn: false, resourceNeedsIn: false)
        #expect(validator.validate(policies).errors.map(\.kind) == [never])
    }

    @Test("what nests higher than the checks go is too complex")
    func height() {
        let tall = (0..<2_600).reduce(Expression(.literal(.bool(true)))) { inner, _ in Expression(.unary(.not, inner)) }
        let body = PolicyBody(.permit, conditions: [Condition(.when, tall)])
        #expect(validator.validate(body, id: "a").errors.map(\.kind) == [.tooComplex])
    }
}
