import MartletCedar
import Testing

@Suite("JSON")
struct JSONTests {
    @Test(
        "a policy of the JSON format is the policy of the text",
        arguments: [
            ("permit (principal, action, resource);", "{\"op\":\"All\"}", ""),
            (
                "permit (principal == User::\"a\", action, resource);",
                "{\"op\":\"==\",\"entity\":{\"type\":\"User\",\"id\":\"a\"}}", ""
            ),
            ("permit (principal in ?principal, action, resource);", "{\"op\":\"in\",\"slot\":\"?principal\"}", ""),
            (
                "permit (principal is A::B in User::\"a\", action, resource);",
                "{\"op\":\"is\",\"entity_type\":\"A::B\",\"in\":{\"entity\":{\"__entity\":{\"type\":\"User\",\"id\":\"a\"}}}}",
                ""
            ),
            (
                "permit (principal, action, resource) when { !(1 == -2) };", "{\"op\":\"All\"}",
                "{\"!\":{\"arg\":{\"==\":{\"left\":{\"Value\":1},\"right\":{\"Value\":-2}}}}}"
            ),
            (
                "permit (principal, action, resource) when { context has a.b };", "{\"op\":\"All\"}",
                "{\"has\":{\"left\":{\"Var\":\"context\"},\"attr\":[\"a\",\"b\"]}}"
            ),
            (
                "permit (principal, action, resource) when { \"a\" like \"*b\\*\" };", "{\"op\":\"All\"}",
                "{\"like\":{\"left\":{\"Value\":\"a\"},\"pattern\":[\"Wildcard\",{\"Literal\":\"b*\"}]}}"
            ),
            (
                "permit (principal, action, resource) when { [1, {\"a b\": decimal(\"1.0\")}] };", "{\"op\":\"All\"}",
                "{\"Value\":[1,{\"a b\":{\"__extn\":{\"fn\":\"decimal\",\"arg\":\"1.0\"}}}]}"
            ),
            (
                "permit (principal, action, resource) when { A::\"b\" is C in D::\"e\" };", "{\"op\":\"All\"}",
                "{\"is\":{\"left\":{\"Value\":{\"__entity\":{\"type\":\"A\",\"id\":\"b\"}}},\"entity_type\":\"C\",\"in\":{\"Value\":{\"__entity\":{\"type\":\"D\",\"id\":\"e\"}}}}}"
            ),
            (
                "permit (principal, action, resource) when { -(1) };", "{\"op\":\"All\"}",
                "{\"neg\":{\"arg\":{\"Value\":1}}}"
            ),
            (
                "permit (principal, action, resource) when { {\"__entity\": {\"type\": \"A\", \"id\": \"b\"}, c: 1} };",
                "{\"op\":\"All\"}", "{\"Value\":{\"__entity\":{\"type\":\"A\",\"id\":\"b\"},\"c\":1}}"
            ),
        ])
    func policies(text: String, principal: String, condition: String) throws {
        let conditions = condition.isEmpty ? "" : "{\"kind\":\"when\",\"body\":\(condition)}"
        let json = """
            {"effect":"permit","principal":\(principal),"action":{"op":"All"},"resource":{"op":"All"},
             "conditions":[\(conditions)]}
            """
        let body = try PolicyBody.parse(json: Array(json.utf8))
        #expect(body == (try PolicyBody.parse(Array(text.utf8)).first))
        #expect(try PolicyBody.parse(Array(body.description.utf8)) == [body])
        #expect(try PolicyBody.parse(json: body.json).json == body.json)
    }

    @Test(
        "an expression of the JSON format that is none",
        arguments: [
            "{}", "1", "{\"Value\":1.0}", "{\"Value\":null}", "{\"Value\":-0}", "{\"Value\":{\"__expr\":\"a\"}}",
            "{\"Value\":{\"__extn\":{\"fn\":\"foo\",\"arg\":1}}}",
            "{\"Value\":{\"__entity\":{\"type\":\"A B\",\"id\":\"b\"}}}",
            "{\"==\":{\"left\":{\"Value\":1}}}", "{\"==\":{\"left\":{\"Value\":1},\"right\":{\"Value\":1},\"x\":1}}",
            "{\"has\":{\"left\":{\"Var\":\"context\"},\"attr\":[]}}",
            "{\"is\":{\"left\":{\"Value\":1},\"entity_type\":\"in\"}}",
            "{\"isIpv4\":[]}", "{\"foo\":[]}", "{\"Slot\":\"?principal\"}", "{\"Var\":\"other\"}",
            "{\"Value\":1,\"Var\":\"context\"}",
            "{\"like\":{\"left\":{\"Value\":\"a\"},\"pattern\":\"a*\"}}", "{\"-\":{\"arg\":{\"Value\":1}}}",
            "{\"Value\":9223372036854775808}",
        ])
    func refusedExpressions(condition: String) {
        let json = """
            {"effect":"permit","principal":{"op":"All"},"action":{"op":"All"},"resource":{"op":"All"},
             "conditions":[{"kind":"when","body":\(condition)}]}
            """
        #expect(throws: JSONShapeError.self) { try PolicyBody.parse(json: Array(json.utf8)) }
    }

    @Test("a policy set of the JSON format keeps ids, templates and links")
    func policySet() throws {
        var set = try PolicySet.parse(
            "@id(\"t\") permit (principal == ?principal, action, resource); @id(\"p\") forbid (principal, action, resource);",
            naming: .annotation("id"))
        try set.link(template: "t", id: "l", slots: [.principal: Fixture.user])
        let read = try PolicySet.parse(json: set.json)
        #expect(read.policy("l") == set.policy("l"))
        #expect(read.policy("p") == set.policy("p"))
        #expect(read.template("t") == set.template("t"))
        #expect(read.json == set.json)
    }

    @Test(
        "a context that is none",
        arguments: [
            "[]", "{\"a\":{\"__entity\":{\"type\":\"A\",\"id\":\"b\",\"x\":1.5}}}", "{\"a\":null}", "{\"a\":1.0}",
            "{\"a\":1e2}", "{\"a\":-0}", "{\"a\":9223372036854775808}",
            "{\"a\":1,\"a\":2}",
            "{\"a\":{\"__extn\":{\"fn\":\"ip\",\"arg\":\"x\"}}}", "{\"__entity\":{\"type\":\"A\",\"id\":\"b\"}}",
            "{\"a\":{\"__entity\":{\"type\":\"in\",\"id\":\"b\"}}}",
            "{\"a\":{\"__entity\":{\"type\":\"__cedar::A\",\"id\":\"b\"}}}",
            "{\"a\":{\"__extn\":{\"fn\":\"lessThan\",\"args\":[1,2]}}}", "{",
        ])
    func refusedContexts(json: String) {
        #expect(throws: JSONShapeError.self) { try Record.parse(json: Array(json.utf8)) }
    }

    @Test(
        "values in JSON",
        arguments: [
            ("{\"a\":{\"__extn\":{\"fn\":\"decimal\",\"arg\":\"1.00\"}}}", "context.a == decimal(\"1.0\")"),
            ("{\"a\":{\"__entity\":{\"type\":\"A\",\"id\":\"b\",\"more\":1}}}", "context.a == A::\"b\""),
            ("{\"a\":{\"__entity\":{\"type\":\"A\",\"id\":\"b\"},\"c\":1}}", "context.a.c == 1"),
            (
                "{\"a\":{\"__entity\":{\"type\":\"A\"}}}",
                "context.a[\"__entity\"].type == \"A\""
            ),
            (
                "{\"a\":{\"__extn\":{\"fn\":\"offset\",\"args\":[{\"__extn\":{\"fn\":\"datetime\",\"arg\":\"2024-01-01\"}},{\"__extn\":{\"fn\":\"duration\",\"arg\":\"1d\"}}]}}}",
                "context.a == datetime(\"2024-01-02\")"
            ),
            ("{\"a\":[1,\"b\",[true],1]}", "context.a == [[true], \"b\", 1]"),
            ("{\"a\":-9223372036854775808}", "context.a < 0"),
            (
                "{\"a\":{\"__extn\":{\"fn\":\"isIpv4\",\"arg\":{\"__extn\":{\"fn\":\"ip\",\"arg\":\"::\"}}}}}",
                "!context.a"
            ),
        ])
    func values(context: String, condition: String) throws {
        #expect(try Fixture.outcome(of: condition, context: context) == .yes)
    }

    @Test("entities in JSON go out as they came in")
    func entities() throws {
        let store = Fixture.entities
        let again = try EntityStore.parse(json: store.json)
        #expect(again.json == store.json)
        #expect(again.entity(Fixture.user) == store.entity(Fixture.user))
    }

    @Test(
        "entities that are no hierarchy",
        arguments: [
            "[{\"uid\":{\"type\":\"A\",\"id\":\"a\"},\"attrs\":{},\"parents\":[{\"type\":\"A\",\"id\":\"a\"}]}]",
            "[{\"uid\":{\"type\":\"A\",\"id\":\"a\"},\"attrs\":{},\"parents\":[{\"type\":\"A\",\"id\":\"b\"}]},{\"uid\":{\"type\":\"A\",\"id\":\"b\"},\"attrs\":{},\"parents\":[{\"type\":\"A\",\"id\":\"a\"}]}]",
            "[{\"uid\":{\"type\":\"A\",\"id\":\"a\"},\"attrs\":{\"x\":1},\"parents\":[]},{\"uid\":{\"type\":\"A\",\"id\":\"a\"},\"attrs\":{},\"parents\":[]}]",
            "[{\"uid\":{\"type\":\"Action\",\"id\":\"a\"},\"attrs\":{},\"parents\":[{\"type\":\"A\",\"id\":\"a\"}]}]",
            "[{\"uid\":{\"type\":\"A\",\"id\":\"a\"},\"parents\":[]}]", "[{\"uid\":\"a\",\"attrs\":{},\"parents\":[]}]",
            "{}",
        ])
    func refusedEntities(json: String) {
        #expect(throws: JSONShapeError.self) { try EntityStore.parse(json: Array(json.utf8)) }
    }

    @Test("the same entity twice is one")
    func sameTwice() throws {
        let one = "{\"uid\":{\"type\":\"A\",\"id\":\"a\"},\"attrs\":{},\"parents\":[]}"
        #expect(try EntityStore.parse(json: Array("[\(one),\(one)]".utf8)).count == 1)
    }

    @Test("a chain of ten thousand entities is closed within its limit, without recursion")
    func longChain() throws {
        let chain = (0..<10_000).map { number in
            let parent = number == 0 ? [] : [EntityUID(type: "A", id: Text("\(number - 1)"))]
            return Entity(EntityUID(type: "A", id: Text("\(number)")), parents: Set(parent))
        }
        #expect(throws: EntityError.limitExceeded("ancestors")) { try EntityStore(chain) }
        let store = try EntityStore(chain.prefix(2_000))
        #expect(store.isIn(EntityUID(type: "A", id: "1999"), EntityUID(type: "A", id: "0")))
    }
}
