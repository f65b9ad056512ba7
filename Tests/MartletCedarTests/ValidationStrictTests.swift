import Testing

@testable import MartletCedar

/// The verdicts and the numbers of errors are those of cedar-policy 4.12.
@Suite("Strict types")
struct ValidationStrictTests {
    private static let schema = """
        entity Group in [Group];
        entity Color enum ["red", "blue"];
        entity Tagged tags String;
        entity Other tags Long;
        entity User in [Group] {
            name: String, age?: Long, tagged: Tagged, address: { city: String, zip?: String }, ips: Set<ipaddr>,
            color?: Color
        };
        entity Doc { owner: User, size: Long, price: decimal, at: datetime, ttl: duration, when?: datetime };
        action all;
        action read in [all] appliesTo {
            principal: [User], resource: [Doc],
            context: { mfa: Bool, ip?: ipaddr, groups: Set<Group>, level: Long }
        };
        """

    private func result(_ condition: String, _ mode: ValidationMode = .strict) throws -> ValidationResult {
        let validator = Validator(try Schema(text: Array(Self.schema.utf8)))
        let policies = try PolicySet.parse("permit (principal, action, resource) when { \(condition) };")
        return validator.validate(policies, mode: mode)
    }

    @Test(
        "a condition whose types fit is accepted, in permissive mode too",
        arguments: [
            #"true"#, #"context.mfa"#, #"context has ip && context.ip.isIpv4()"#,
            #"if context has ip then context.ip.isIpv4() else true"#, #"context has nothing"#,
            #"false && context.nothing"#, #"true || context.nothing"#, #"principal has age && principal.age > 1"#,
            #"principal has address.zip && principal.address.zip == "a""#,
            #"principal.address has zip && principal.address.zip like "a*""#, #"principal has nothing"#,
            #"principal has age && (resource.owner has age && principal.age > resource.owner.age)"#, #"1 == "a""#,
            #"principal == resource"#, #"principal == resource.owner"#, #"principal == Group::"a""#,
            #"[1].containsAny([2])"#, #"[1].isEmpty()"#, #"{a: 1}.a == 1"#, #"{a: 1} has a"#,
            #"{a: 1} has b && context.nothing"#, #"principal in Group::"a""#,
            #"principal in [Group::"a", Group::"b"]"#, #"principal in resource"#,
            #"principal in resource && context.nothing"#, #"principal in context.groups"#,
            #"action in Action::"all""#, #"action == Action::"all" && context.nothing"#,
            #"action in Group::"a" && context.nothing"#, #"principal is Doc && context.nothing"#,
            #"principal is User in Group::"a""#, #"User::"a".name == "a""#,
            #"principal has color && principal.color == Color::"red""#, #"principal.name like "a*""#,
            #"context.level < 2"#, #"resource.at < datetime("2024-01-01")"#,
            #"resource.price.lessThan(decimal("1.0"))"#, #"resource.at.offset(resource.ttl) == resource.at"#,
            #"resource.at.durationSince(resource.at) == resource.ttl"#, #"resource.at.toDate() == resource.at"#,
            #"resource.at.toTime() == resource.ttl"#,
            #"resource.ttl.toMilliseconds() + resource.ttl.toDays() == 1"#, #"1 + 2 * 3 - context.level == 4"#,
            #"-context.level == 1"#, #"!context.mfa"#, #"!true && context.nothing"#, #"!false || context.nothing"#,
            #"(if true then 1 else "a") == 1"#, #"(if false then "a" else 1) == 1"#,
            #"principal.tagged.hasTag("a")"#,
            #"principal.tagged.hasTag("a") && principal.tagged.getTag("a") == "b""#,
            #"principal.tagged.hasTag(principal.name) && principal.tagged.getTag(principal.name) == "b""#,
            #"principal.hasTag("a")"#, #"principal.hasTag("a") && context.nothing"#,
            #"principal.hasTag("a") && principal.getTag("a") == 1"#, #"1 == 2 && context.nothing"#,
            #"1 == 1 || context.nothing"#, #"User::"a" == User::"b" && context.nothing"#,
            #"true == false && context.nothing"#, #"(false || false) == true && context.nothing"#,
            #"principal has age && true && principal.age > 1"#, #"true && principal has age && principal.age > 1"#,
            #"(true && principal has age) && principal.age > 1"#,
            #"(principal has age && true) && principal.age > 1"#,
            #"(principal has age || principal has age) && principal.age > 1"#,
            #"(principal has age || false) && principal.age > 1"#,
            #"(false || principal has age) && principal.age > 1"#,
            #"(if context.mfa then principal has age else principal has age) && principal.age > 1"#,
            #"principal has age && !(principal has age) && context.nothing"#, #"1 != 1 && context.nothing"#,
            #"[{a: 1}, {a: 2}].contains({a: 1})"#, #"[true, false].contains(true)"#,
            #"[1 == 1, context.mfa].contains(true)"#, #"principal.ips.contains(ip("1.2.3.4"))"#,
            #"(if principal is User then 1 else "a") == 1"#, #"Group::"a" in principal && context.nothing"#,
            #"Group::"a" in Group::"b""#,
        ])
    func accepted(condition: String) throws {
        #expect(try result(condition).errors == [])
        #expect(try result(condition, .permissive).errors == [])
    }

    @Test(
        "every type error of a condition is found",
        arguments: [
            (#"1"#, 1), (#""a""#, 1), (#"principal"#, 1), (#"context.ip.isIpv4()"#, 1),
            (#"!(context has ip) || context.ip.isIpv4()"#, 1),
            (#"if context has ip then true else context.ip.isIpv4()"#, 1),
            (#"context has ip || context.ip.isIpv4()"#, 1), (#"context.nothing"#, 1),
            (#"context.mfa && context.nothing"#, 1), (#"principal.age > 1"#, 1),
            (#"principal has name && principal.age > 1"#, 1), (#"principal.nothing == 1"#, 1), (#"[] == [1]"#, 1),
            (#"[]"#, 1), (#"[].contains(1)"#, 1), (#"[1, "a"].contains(1)"#, 1), (#"[1].contains("a")"#, 1),
            (#"[1].containsAll(["a"])"#, 1), (#"1.contains(1)"#, 1), (#""a".isEmpty()"#, 1),
            (#"{a: 1} == {a: "b"}"#, 1), (#"{a: 1} == {b: 1}"#, 1), (#"principal in 1"#, 1),
            (#"1 in principal"#, 1), (#"principal in [1]"#, 1), (#"[principal] in Group::"a""#, 1),
            (#"action in Action::"all" && context.nothing"#, 1), (#"action in Action::"nothing""#, 1),
            (#"action == Action::"read" && context.nothing"#, 1),
            (#"Action::"read" in [Action::"all", Group::"a"] && context.nothing"#, 2),
            (#"principal is User && context.nothing"#, 1), (#"principal is Nothing"#, 1), (#"1 is User"#, 1),
            (#"Nothing::"a" == principal"#, 1), (#"Color::"red" == principal.color"#, 1),
            (#"principal has color && principal.color == Color::"green""#, 1), (#"principal.age like "a""#, 2),
            (#"context.level like "a""#, 1), (#"context.level < "a""#, 1), (#""a" < "b""#, 2),
            (#"resource.at < resource.ttl"#, 1), (#"resource.at < 1"#, 1),
            (#"resource.price < decimal("1.0")"#, 2), (#"resource.price.lessThan(1)"#, 1),
            (#"decimal("1.00000")==resource.price"#, 1), (#"decimal(principal.name) == resource.price"#, 1),
            (#"ip("300.0.0.1").isIpv4()"#, 1), (#"ip(1).isIpv4()"#, 1), (#"datetime("x") == resource.at"#, 1),
            (#"duration("1x") == resource.ttl"#, 1), (#"resource.ttl.toDate() == resource.at"#, 1),
            (#"1 + "a" == 2"#, 1), (#"-principal == 1"#, 1), (#"!1"#, 1), (#"if 1 then true else false"#, 1),
            (#"(if context.mfa then 1 else "a") == 1"#, 1),
            (#"(if context.mfa then principal else resource) == principal"#, 1),
            (#"(if context.mfa then {a: 1} else {a: 1, b: 2}).a == 1"#, 1),
            (#"(if context.mfa then {a: 1} else {a: 1, b: 2}).b == 1"#, 1),
            (#"(if context.mfa then principal else resource) has name"#, 1),
            (#"(if context.mfa then principal else resource).name == "a""#, 1),
            (#"(if context.mfa then principal else resource) is User"#, 1),
            (#"principal.tagged.getTag("a") == "b""#, 1),
            (#"principal.tagged.hasTag("a") && principal.tagged.getTag("b") == "b""#, 1),
            (#"principal.tagged.hasTag(1)"#, 1), (#"principal.tagged.getTag(1) == "a""#, 2),
            (#"context.hasTag("a")"#, 1), (#"context.getTag("a") == 1"#, 1),
            (#"(if context.mfa then principal.tagged else Other::"a").hasTag("a")"#, 1),
            (
                #"(if context.mfa then principal.tagged else Other::"a").hasTag("a") && (if context.mfa then principal.tagged else Other::"a").getTag("a") == 1"#,
                2
            ),
            (#""a" == "a" && context.nothing"#, 1), (#"(true && false) == false && context.nothing"#, 1),
            (#"(principal has age || context.mfa) && principal.age > 1"#, 1),
            (#"(if principal has age then true else false) && principal.age > 1"#, 1),
            (#"(if principal has age then context.mfa else false) && principal.age > 1"#, 1),
            (#"principal has age && principal has age && context.nothing"#, 1),
            (#"(1 != 2) && context.nothing"#, 1), (#"principal["age"] == 1"#, 1),
            (#"[principal, resource].contains(principal)"#, 1), (#"principal.ips.contains("1.2.3.4")"#, 1),
            (#"context == {mfa: true, groups: [Group::"a"], level: 1}"#, 1), (#"context == {mfa: true}"#, 1),
            (#"principal == principal.color"#, 1), (#"{a: principal.nothing}.a == 1"#, 1),
            (#"[principal.nothing].isEmpty()"#, 1), (#""a" has b"#, 1), (#""a".b"#, 1), (#"[1].b == 1"#, 1),
            (#"principal.name.foo == 1"#, 1), (#"ip("1.2.3.4").isInRange("1.2.3.4")"#, 1),
            (#"principal.hasTag(1)"#, 1), (#"principal.getTag(1) == 1"#, 2), (#"[[]] == [[1]]"#, 1),
            (#"[Group::"a"].contains(principal)"#, 1), (#"principal in []"#, 1),
            (#"(if context.mfa then [1] else []) == [1]"#, 1),
            (#"Action::"read" == action && context.nothing"#, 1),
        ] as [(String, Int)])
    func refused(condition: String, count: Int) throws {
        let errors = try result(condition).errors
        #expect(errors.count == count, "\(errors)")
    }
}
