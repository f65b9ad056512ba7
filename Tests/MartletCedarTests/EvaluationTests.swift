import MartletCedar
import Testing

@Suite("Evaluation")
struct EvaluationTests {
    @Test(
        "a condition that holds",
        arguments: [
            "1 + 2 * 3 - 4 == 3", "-(-3) == 3", "1 < 2 && 2 <= 2 && 3 > 2 && 2 >= 2", "1 != 2", "!(1 == 2)",
            "if true then 1 == 1 else 1", "true || 1", "!(false && 1)", "\"a\" == \"a\"", "1 != \"1\"",
            "[1, 2, 2] == [2, 1]", "{a: 1, b: 2} == {b: 2, a: 1}", "[1, 2].contains(2)", "![1].contains(\"1\")",
            "[1, 2, 3].containsAll([3, 1])", "[1, 2].containsAny([2, 9])", "![1].containsAny([])", "[].isEmpty()",
            "principal == User::\"alice\"", "principal in Group::\"admins\"", "principal in Group::\"staff\"",
            "principal in principal", "principal in [Group::\"x\", Group::\"staff\"]", "!(principal in [])",
            "!(User::\"bob\" in Group::\"staff\")", "principal is User", "principal is User in Group::\"staff\"",
            "!(principal is Group in 1)", "principal.age == 30", "principal[\"name\"] == \"Alice\"",
            "principal has age", "!(principal has nothing)", "!(User::\"bob\" has age)", "principal has address.city",
            "!(principal has address.street)", "!(principal has boss.age)", "principal.address.city == \"Graz\"",
            "principal.hasTag(\"team\") && principal.getTag(\"team\") == \"core\"", "!principal.hasTag(\"x\")",
            "!User::\"bob\".hasTag(\"team\")", "\"abc\" like \"a*\"", "!(\"abc\" like \"b*\")",
            "\"a*c\" like \"a\\*c\"",
            "!(\"abc\" like \"a\\*c\")", "\"\" like \"*\"", "\"aXbXc\" like \"a*b*c\"", "!(\"ab\" like \"a*b*b\")",
            "-9223372036854775808 == -9223372036854775807 - 1",
        ])
    func holds(condition: String) throws {
        #expect(try Fixture.outcome(of: condition) == .yes)
    }

    @Test(
        "an integer overflow is an error and no crash",
        arguments: [
            "9223372036854775807 + 1 == 0", "-9223372036854775808 - 1 == 0", "4611686018427387904 * 2 == 0",
            "-(-9223372036854775808) == 0", "-9223372036854775808 * -1 == 0",
        ])
    func overflow(condition: String) throws {
        guard case .failure(.overflow) = try Fixture.outcome(of: condition) else {
            Issue.record("no overflow: \(condition)")
            return
        }
    }

    @Test(
        "a value of the wrong type is an error",
        arguments: [
            "1", "true && 1", "false || 1", "!1", "-true == 1", "1 + \"a\" == 1", "\"a\" < \"b\"", "true < false",
            "decimal(\"1.0\") < decimal(\"2.0\")", "1 in principal", "principal in 1", "principal in [principal, 1]",
            "1.contains(1)", "[1].containsAll(1)", "[1].containsAny(1)", "1.isEmpty()", "1 has a", "1.a == 1",
            "1 like \"a\"", "1 is User", "if 1 then true else true", "principal.getTag(1) == 1", "1.hasTag(\"a\")",
            "principal has age.x", "duration(\"1s\") < datetime(\"2024-01-01\")", "1 < duration(\"1s\")",
            "\"1.0\".lessThan(decimal(\"1.0\"))", "1.isIpv4()", "decimal(1).lessThan(decimal(\"1.0\"))",
        ])
    func wrongType(condition: String) throws {
        guard case .failure(.type) = try Fixture.outcome(of: condition) else {
            Issue.record("no type error: \(condition)")
            return
        }
    }

    @Test(
        "what is not there is an error",
        arguments: [
            ("principal.nothing == 1", EvaluationError.Kind.noSuchAttribute(Fixture.user, "nothing")),
            ("context.nothing == 1", .noSuchKey("nothing")),
            ("User::\"bob\".age == 1", .noSuchEntity(EntityUID(type: "User", id: "bob"))),
            ("User::\"bob\".getTag(\"a\") == 1", .noSuchEntity(EntityUID(type: "User", id: "bob"))),
            ("principal.getTag(\"a\") == 1", .noSuchTag(Fixture.user, "a")),
            ("ip() == ip()", .argumentCount(.ip, found: 0)),
            ("ip(\"1.1.1.1\").isInRange() == 1", .argumentCount(.isInRange, found: 1)),
            ("decimal(\"x\") == 1", .invalidArgument(.decimal)),
        ])
    func missing(condition: String, kind: EvaluationError.Kind) throws {
        #expect(try Fixture.outcome(of: condition) == .failure(kind))
    }

    @Test(
        "a pattern matches the whole text, wherever its parts occur",
        arguments: [
            ("aaab", "*aab*", true), ("ababac", "*abac", true), ("abab", "*ab*ab*", true), ("aba", "*ab*ba*", false),
            ("abcabd", "*abd*", true), ("aabaaab", "*aaab", true), ("", "", true), ("", "a", false), ("a", "", false),
            ("a", "**", true), ("ab", "b*", false), ("ab", "*a", false), ("ab", "ab*ab", false), ("a*b", "a\\*b", true),
            ("axb", "a\\*b", false), ("mississippi", "m*issip*i", true), ("mississippi", "*sip*sip*", false),
        ])
    func patterns(text: String, pattern: String, matches: Bool) throws {
        #expect(try Fixture.outcome(of: "\"\(text)\" like \"\(pattern)\"") == (matches ? .yes : .no))
    }

    @Test("a pattern made to be slow is not", arguments: ["*", ""])
    func slowPattern(end: String) throws {
        let text = String(repeating: "a", count: 200_000)
        let pattern = "*" + String(repeating: "a", count: 100_000) + "b" + end
        #expect(try Fixture.outcome(of: "\"\(text)\" like \"\(pattern)\"") == .no)
    }

    @Test("strings are equal byte for byte, not by canonical equivalence")
    func canonicalEquivalence() throws {
        #expect(try Fixture.outcome(of: "\"caf\\u{e9}\" == \"cafe\\u{301}\"") == .no)
        #expect(try Fixture.outcome(of: "[\"caf\\u{e9}\"].contains(\"cafe\\u{301}\")") == .no)
        #expect(try Fixture.outcome(of: "{\"\\u{e9}\": 1} has \"e\\u{301}\"") == .no)
        #expect(try Fixture.outcome(of: "User::\"\\u{e9}\" == User::\"e\\u{301}\"") == .no)
        #expect(try Fixture.outcome(of: "\"\\r\\n\" like \"\\r*\"") == .yes)
        #expect(try Fixture.outcome(of: "\"e\\u{301}\" like \"e*\"") == .yes)
    }
}
