import Testing

@testable import MartletCedar

/// Each of these holds one rule alone: take the rule out, and one of them is red (docs/policy-tests.md).
@Suite("Each rule of evaluation")
struct EvaluationRuleTests {
    @Test(
        "each operand of each operator has a type",
        arguments: [
            ("(true && 1) == 1", Value.Kind.long), ("(false || 1) == 1", .long), ("(\"a\" + 1) == 1", .string),
            ("(1 - \"a\") == 1", .string), ("(\"a\" - 1) == 1", .string), ("(1 * \"a\") == 1", .string),
            ("(\"a\" * 1) == 1", .string), ("1.containsAll([1])", .long), ("1.containsAny([1])", .long),
            ("1.getTag(\"a\") == 1", .long), ("principal.hasTag(1)", .long),
            ("datetime(\"2024-01-01\") < duration(\"1s\")", .duration),
            ("datetime(\"2024-01-01\") >= 1", .long),
        ])
    func operands(condition: String, found: Value.Kind) throws {
        guard case .failure(.type(_, found)) = try Fixture.outcome(of: condition) else {
            Issue.record("no type error: \(condition)")
            return
        }
    }

    @Test("each argument of each function has a type", arguments: ExtensionFunction.allCases)
    func arguments(function: ExtensionFunction) throws {
        let parameters: [Value.Kind] =
            switch function {
            case .decimal, .ip, .datetime, .duration: [.string]
            case .lessThan, .lessThanOrEqual, .greaterThan, .greaterThanOrEqual: [.decimal, .decimal]
            case .isIpv4, .isIpv6, .isLoopback, .isMulticast: [.ipaddr]
            case .isInRange: [.ipaddr, .ipaddr]
            case .offset: [.datetime, .duration]
            case .durationSince: [.datetime, .datetime]
            case .toDate, .toTime: [.datetime]
            case .toMilliseconds, .toSeconds, .toMinutes, .toHours, .toDays: [.duration]
            }
        for (index, parameter) in parameters.enumerated() {
            var arguments = parameters.map(Self.value)
            arguments[index] = .bool(true)
            #expect(throws: EvaluationError.Kind.type(expected: [parameter], found: .bool)) {
                try function.result(of: arguments)
            }
        }
    }

    private static func value(of kind: Value.Kind) -> Value {
        switch kind {
        case .decimal: .decimal(Decimal("1.0") ?? Decimal(tenThousandths: 0))
        case .ipaddr: .ip(IPAddress(bits: 1, prefix: 32, isV6: false))
        case .datetime: .datetime(Datetime(milliseconds: 0))
        case .duration: .duration(Duration(milliseconds: 0))
        default: .string("1.0")
        }
    }

    @Test("an overflow names its operator", arguments: ["+", "-", "*"])
    func overflow(symbol: String) throws {
        let right = symbol == "-" ? "-2" : "2"
        #expect(try Fixture.outcome(of: "9223372036854775807 \(symbol) \(right) == 0") == .failure(.overflow(symbol)))
    }

    @Test(
        "a condition that holds by one rule",
        arguments: [
            "action == Action::\"read\"", "resource == File::\"a\"", "context == {}",
            "![1, 2].containsAll([2, 3])", "![1].containsAll([2])", "[1, 2] != [1]", "[1] != [1, 2]", "[1] != [2]",
            "!(duration(\"1s\") < duration(\"1s\"))", "!(datetime(\"2024-01-01\") > datetime(\"2024-01-01\"))",
            "!(2 < 2) && !(2 > 2)", "principal in [Group::\"staff\", Group::\"x\"]",
            "!(principal is User in Group::\"x\")", "!(principal is User in [])",
            "decimal(\"1.0\").lessThanOrEqual(decimal(\"1.0\"))", "!decimal(\"1.0\").lessThan(decimal(\"1.0\"))",
            "decimal(\"1.0\").greaterThanOrEqual(decimal(\"1.0\"))", "!decimal(\"1.0\").greaterThan(decimal(\"1.0\"))",
            "decimal(\"2.0\").greaterThan(decimal(\"1.0\"))", "!decimal(\"1.0\").greaterThan(decimal(\"2.0\"))",
            "decimal(\"1.0\").lessThan(decimal(\"2.0\"))", "!decimal(\"2.0\").lessThan(decimal(\"1.0\"))",
            "!decimal(\"2.0\").lessThanOrEqual(decimal(\"1.0\"))",
            "!decimal(\"1.0\").greaterThanOrEqual(decimal(\"2.0\"))",
            "!ip(\"9.255.255.255\").isInRange(ip(\"10.0.0.0/8\"))", "ip(\"10.0.0.1\").isInRange(ip(\"10.0.0.5/8\"))",
            "duration(\"-1500ms\").toSeconds() == -1", "duration(\"-90s\").toMinutes() == -1",
            "duration(\"-90m\").toHours() == -1", "duration(\"-36h\").toDays() == -1",
            "!(\"ab\" like \"ab*b*\")", "!(\"aba\" like \"*ba*ba\")",
        ])
    func holds(condition: String) throws {
        #expect(try Fixture.outcome(of: condition) == .yes)
    }

    @Test(
        "a path through the context is followed as far as it leads",
        arguments: [
            ("context.a.b.c == 1", Fixture.Outcome.yes), ("context.a.b == {c: 1}", .yes), ("context.b.b == 2", .yes),
            ("context.a.b.x == 1", .failure(.noSuchKey("x"))), ("context.a.x.c == 1", .failure(.noSuchKey("x"))),
            ("context.x.b.c == 1", .failure(.noSuchKey("x"))), ("context.who.age == 30", .yes),
            ("context.who.address.city == \"Graz\"", .yes), ("context.a.who.name == \"Alice\"", .yes),
            ("context.who.x == 1", .failure(.noSuchAttribute(Fixture.user, "x"))),
            ("context.n.b == 1", .failure(.type(expected: [.record, .entity], found: .long))),
        ])
    func paths(condition: String, expected: Fixture.Outcome) throws {
        let alice = #"{"__entity": {"type": "User", "id": "alice"}}"#
        let context = #"{"a": {"b": {"c": 1}, "who": \#(alice)}, "b": {"b": 2, "c": 3}, "n": 1, "who": \#(alice)}"#
        #expect(try Fixture.outcome(of: condition, context: context) == expected)
    }

    @Test("a set of many elements has each once, and contains the first and the last")
    func largeSets() throws {
        let twelve = (1...12).map(String.init).joined(separator: ", ")
        for condition in [
            "[\(twelve), 12, 12] == [\(twelve)]", "[\(twelve)].contains(1)", "[\(twelve)].contains(12)",
            "![\(twelve)].contains(13)", "[\(twelve), 1, 1] == [12, \(twelve)]",
        ] {
            #expect(try Fixture.outcome(of: condition) == .yes, "\(condition)")
        }
    }

    @Test("an error says where it is")
    func place() throws {
        let text = "permit (principal, action, resource) when { true && principal.age + \"a\" == 1 };"
        let response = Authorizer(try PolicySet.parse(text)).response(to: Fixture.request, entities: Fixture.entities)
        let span = try #require(response.errors.first?.error.span)
        #expect(Array(text.utf8)[span.start..<span.end].elementsEqual("principal.age + \"a\"".utf8))
    }
}

/// Each of these holds one rule alone.
@Suite("Each rule of an answer")
struct AuthorizerRuleTests {
    @Test("an action is in a list when it is in one of the list, whichever that is", arguments: ["aaa", "zzz"])
    func actions(other: String) throws {
        for list in ["Action::\"\(other)\", Action::\"read\"", "Action::\"\(other)\", Action::\"all\""] {
            let set = try PolicySet.parse("permit (principal, action in [\(list)], resource);")
            let answer = Authorizer(set).response(to: Fixture.request, entities: Fixture.entities)
            #expect(answer.permits == ["policy0"], "\(list)")
        }
    }

    @Test("permits, forbids and errors are in the order of the set")
    func order() throws {
        let texts = (0..<4).flatMap { _ in
            [
                "permit (principal, action, resource);",
                "forbid (principal == User::\"alice\", action in Action::\"all\", resource is File);",
                "permit (principal in Group::\"staff\", action, resource) when { 1 };",
            ]
        }
        let set = try PolicySet.parse(texts.joined(separator: "\n"))
        let answer = Authorizer(set).response(to: Fixture.request, entities: Fixture.entities)
        #expect(answer.permits == ["policy0", "policy3", "policy6", "policy9"])
        #expect(answer.forbids == ["policy1", "policy4", "policy7", "policy10"])
        #expect(answer.errors.map(\.policy) == ["policy2", "policy5", "policy8", "policy11"])
    }
}
