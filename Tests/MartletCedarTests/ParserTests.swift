import MartletCedar
import Testing

@Suite("Policy text")
struct ParserTests {
    @Test("a policy of every part is read")
    func everyPart() throws {
        let text = """
            // comment
            @id("a") @if permit (principal is User in ?principal, action in [Action::"a", NS::Action::"b"], resource)
            when { principal has a.b && context.x["y z"] == -9223372036854775808 && 1 + 2 * 3 > 4 }
            unless { ip("1.2.3.4").isInRange(ip("10.0.0.0/8")) || [1, "a"].contains({"if": true, b: 2}) };
            forbid (principal, action, resource,);
            """
        let set = try PolicySet.parse(text)
        #expect(set.templates.map(\.id) == ["policy0"])
        #expect(set.policies.map(\.id) == ["policy1"])
        let body = try #require(set.template("policy0")?.body)
        #expect(body.annotation("id") == "a")
        #expect(body.annotation("if") == "")
        #expect(body.conditions.map(\.kind) == [.when, .unless])
    }

    @Test(
        "an expression that Cedar knows",
        arguments: [
            "a::b::\"c\".d", "((1))", "[1, 2,]", "{a: 1, \"b c\": 2, principal: 3,}",
            "--1 == 1",
            "!!!!true", "----1 == 1", "context.a.b[\"c\"].isEmpty()",
            "\"\\u{1f600}\\x41\\0\\'\" == \"\"", "decimal(\"1\", \"2\") == ip()", "principal is action",
            "\"a\" like \"\\*\"",
            "if true then 1 else 2", "principal\u{a0}== principal", "true // comment\r&& false", "principal has \"if\"",
            "1 < 2 && (2 < 3) == true || false", "\"multi\nline\" == \"\"", "-1.isEmpty()", "{}.a", "[]",
        ])
    func expressions(text: String) throws {
        let expression = try Expression.parse(Array(text.utf8))
        #expect(try Expression.parse(Array(expression.description.utf8)) == expression, "\(expression)")
    }

    @Test(
        "the place of each node holds the text of this node",
        arguments: [
            "principal in [User::\"a\", 1, -2, {a: \"b\"}] || !(1 + 2 * 3 < ip(\"::\").isInRange(ip()).b[\"c\"])",
            "if principal is User in A::\"b\" then context has a.b && \"a\" like \"b*\" else [].isEmpty() != ((true))",
        ])
    func spans(text: String) throws {
        let source = Array(text.utf8)
        var open = [try Expression.parse(source)]
        while let node = open.popLast() {
            let part = source[node.span.start..<node.span.end]
            #expect(try Expression.parse(Array(part)) == node, "\(String(decoding: part, as: UTF8.self))")
            open += node.node.children
        }
    }

    @Test(
        "an expression that is none, with the place of the mistake",
        arguments: [
            ("1 == 2 == 3", 7, ParseError.Kind.ambiguousOperators), ("1 = 2", 2, .unsupportedOperator("=")),
            ("1 / 2", 2, .unsupportedOperator("/")), ("1 % 2", 2, .unsupportedOperator("%")),
            ("!!!!!true", 0, .tooManyUnaryOperators), ("-----1", 0, .tooManyUnaryOperators),
            ("!-1", 1, .unexpected(found: "`-`", expected: "an expression")), ("foo", 0, .unknownVariable("foo")),
            ("foo(1)", 0, .unknownFunction("foo")), ("unknown(\"a\")", 0, .unknownFunction("unknown")),
            ("isIpv4(1)", 0, .unknownFunction("isIpv4")), ("contains(1)", 0, .unknownFunction("contains")),
            ("1.decimal()", 2, .unknownFunction("decimal")), ("1.foo()", 2, .unknownFunction("foo")),
            ("[].contains()", 3, .wrongArgumentCount(method: "contains", expected: 1, found: 0)),
            ("[].isEmpty(1)", 3, .wrongArgumentCount(method: "isEmpty", expected: 0, found: 1)),
            ("principal(1)", 0, .notCallable), ("(1)(2)", 1, .notCallable), ("a::in::\"b\"", 3, .reservedWord("in")),
            ("context.if", 8, .reservedWord("if")), ("context has true", 12, .reservedWord("true")),
            ("context.__cedar", 8, .reservedName("__cedar")), ("__cedar::A::\"b\"", 0, .reservedName("__cedar::A")),
            ("9223372036854775808", 0, .integerTooLarge), ("-9223372036854775809", 1, .integerTooLarge),
            ("\"\\q\"", 1, .invalidEscape), ("\"\\x80\"", 1, .invalidEscape), ("\"\\u{110000}\"", 1, .invalidEscape),
            ("\"\\u{d800}\"", 1, .invalidEscape), ("\"\\u{}\"", 1, .invalidEscape), ("\"\\*\"", 1, .invalidEscape),
            ("\"a\rb\"", 2, .invalidEscape), ("\"abc", 0, .unterminatedString), ("\"a\\\n\"", 0, .unterminatedString),
            ("1 & 2", 2, .unknownCharacter), ("#", 0, .unknownCharacter), ("é", 0, .unknownCharacter),
            ("{a: 1, \"a\": 2}", 7, .duplicateKey("a")), ("?other", 0, .invalidSlot("?other")),
            ("1 like a", 7, .invalidOperand(expected: "a string after `like`")),
            ("\"a\" like (\"a\")", 10, .invalidOperand(expected: "a string after `like`")),
            ("1 is \"A\"", 5, .invalidOperand(expected: "an entity type after `is`")),
            ("context[1]", 8, .invalidOperand(expected: "a string between `[` and `]`")),
            ("{1: 2}", 1, .invalidOperand(expected: "a name or a string as key")),
            ("{a::b: 2}", 1, .invalidOperand(expected: "a name or a string as key")),
            ("true &&", 7, .unexpected(found: "the end", expected: "an expression")),
            ("true && if true then 1 else 2", 8, .reservedWord("if")),
            ("1 2", 2, .unexpected(found: "`2`", expected: "an operator or the end")),
        ])
    func refusedExpressions(text: String, offset: Int, kind: ParseError.Kind) {
        let error = #expect(throws: ParseError.self) { try Expression.parse(Array(text.utf8)) }
        #expect(error?.kind == kind)
        #expect(error?.span.start == offset)
    }

    @Test(
        "a policy that is none, with the place of the mistake",
        arguments: [
            ("permit (principal, action);", 25, ParseError.Kind.invalidScope(found: "`)`", expected: "resource")),
            ("permit (action, principal, resource);", 8, .invalidScope(found: "`action`", expected: "principal")),
            ("permit (principal: User, action, resource);", 17, .typeConstraint),
            ("permit (principal > User::\"a\", action, resource);", 18, .invalidScopeOperator(">")),
            (
                "permit (principal == ?resource, action, resource);", 21,
                .invalidScopeEntity(found: "`?resource`", expected: "an entity or `?principal`")
            ),
            ("permit (principal, action == ?action, resource);", 29, .invalidSlot("?action")),
            ("permit (principal, action == User::\"a\", resource);", 29, .notAnAction("User::\"a\"")),
            ("permit (principal, action is Action, resource);", 26, .invalidScopeOperator("is")),
            ("permit (principal is User == User::\"a\", action, resource);", 26, .invalidScopeOperator("==")),
            (
                "permit (principal == User, action, resource);", 21,
                .invalidScopeEntity(found: "`User`", expected: "an entity, User::\"…\"")
            ),
            ("permit (principal, action, resource, context);", 37, .unexpected(found: "`context`", expected: "`)`")),
            ("allow (principal, action, resource);", 0, .invalidEffect("allow")),
            ("permit (principal, action, resource) if { true };", 37, .invalidCondition("if")),
            ("permit (principal, action, resource) when {};", 37, .emptyCondition),
            ("permit (principal, action, resource) when { ?principal == 1 };", 44, .invalidSlot("?principal")),
            (
                "permit (principal, action, resource)", 36,
                .unexpected(found: "the end", expected: "`when`, `unless` or `;`")
            ),
            ("@a @a permit (principal, action, resource);", 4, .duplicateAnnotation("a")),
        ])
    func refusedPolicies(text: String, offset: Int, kind: ParseError.Kind) {
        let error = #expect(throws: ParseError.self) { try PolicySet.parse(text) }
        #expect(error?.kind == kind)
        #expect(error?.span.start == offset)
    }

    @Test("an error names line and column")
    func place() {
        let source = Array("permit (principal,\n  action, é);".utf8)
        let error = #expect(throws: ParseError.self) { try PolicySet.parse(source) }
        #expect(error?.message(in: source).hasPrefix("2:11: ") == true)
    }

    @Test("what nests too deeply or is too large is refused, not crashed on")
    func limits() {
        let texts = [
            String(repeating: "(", count: 100_000), String(repeating: "[", count: 100_000),
            String(repeating: "{a:", count: 100_000), String(repeating: "if ", count: 100_000),
            "1" + String(repeating: " + 1", count: 100_000), "context" + String(repeating: ".a", count: 100_000),
            "true" + String(repeating: " && true", count: 100_000),
            "context has a" + String(repeating: ".a", count: 100_000),
            String(repeating: "ip(", count: 100_000), "context" + String(repeating: "[\"a\"]", count: 100_000),
        ]
        for text in texts {
            let error = #expect(throws: ParseError.self) { try Expression.parse(Array(text.utf8)) }
            guard case .limitExceeded = error?.kind else {
                Issue.record("\(text.prefix(10)): \(String(describing: error))")
                continue
            }
        }
        #expect(throws: ParseError.self) { try PolicySet.parse([0xFF]) }
    }

    @Test("a chain up to the limit is read, evaluated, printed and freed")
    func longChain() throws {
        let condition = "1 == 1" + String(repeating: " && 1 == 1", count: 900)
        #expect(try Fixture.outcome(of: condition) == .yes)
        let expression = try Expression.parse(Array(condition.utf8))
        #expect(expression.description == condition)
    }
}
