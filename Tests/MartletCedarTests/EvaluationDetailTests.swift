import Testing

@testable import MartletCedar

@Suite("Evaluation in detail")
struct EvaluationDetailTests {
    @Test(
        "what is computed for each request is what is computed once",
        arguments: [
            ("context.ip.isLoopback() && context.ip.isInRange(ip(\"127.0.0.0/8\"))", Fixture.Outcome.yes),
            ("context.ip.isInRange(ip(\"10.0.0.0/8\"))", .no),
            ("{a: principal.age, b: [principal.age, 1]} == {b: [1, 30], a: 30}", .yes),
            ("{a: principal.age}.b == 1", .failure(.noSuchKey("b"))),
            ("ip(context.text).isIpv4()", .failure(.invalidArgument(.ip))),
            ("context.text like \"x*\"", .yes),
            ("ip(principal.age).isIpv4()", .failure(.type(expected: [.string], found: .long))),
            ("[principal.age, 1 + \"a\"].isEmpty()", .failure(.type(expected: [.long], found: .string))),
        ])
    func computed(condition: String, expected: Fixture.Outcome) throws {
        let context = #"{"ip": {"__extn": {"fn": "ip", "arg": "127.0.0.1"}}, "text": "x"}"#
        #expect(try Fixture.outcome(of: condition, context: context) == expected)
    }

    @Test(
        "a path into the context leads where its steps lead, and fails where they fail",
        arguments: [
            (#"{"a": {"b": {"c": 1}}}"#, Fixture.Outcome.yes), (#"{"a": {"b": {"c": 2}}}"#, .no),
            ("{}", .failure(.noSuchKey("a"))), (#"{"a": {}}"#, .failure(.noSuchKey("b"))),
            (#"{"a": {"b": {}}}"#, .failure(.noSuchKey("c"))),
            (#"{"a": 1}"#, .failure(.type(expected: [.record, .entity], found: .long))),
            (#"{"a": {"b": 1}}"#, .failure(.type(expected: [.record, .entity], found: .long))),
            (
                #"{"a": {"b": {"__entity": {"type": "User", "id": "alice"}}}}"#,
                .failure(.noSuchAttribute(Fixture.user, "c"))
            ),
        ])
    func contextPath(context: String, expected: Fixture.Outcome) throws {
        #expect(try Fixture.outcome(of: "context.a.b.c == 1", context: context) == expected)
    }

    @Test("a path into the context may lead through an entity, and have many names")
    func longContextPath() throws {
        let entity = #"{"a": {"__entity": {"type": "User", "id": "alice"}}}"#
        #expect(try Fixture.outcome(of: "context.a.address.city == \"Graz\"", context: entity) == .yes)
        let (path, depth) = (String(repeating: ".a", count: 12), 12)
        let deep = String(repeating: #"{"a": "#, count: depth) + "7" + String(repeating: "}", count: depth)
        #expect(try Fixture.outcome(of: "context\(path) == 7", context: deep) == .yes)
        #expect(try Fixture.outcome(of: "context\(path).b == 7", context: deep) != .yes)
    }

    @Test("the error of a path stands at the attribute that is not there")
    func contextPathSpan() throws {
        let expression = try Expression.parse(Array("context.a.b.c".utf8))
        var request = Fixture.request
        request.context = try Record.parse(json: Array(#"{"a": {}}"#.utf8))
        let failure = #expect(throws: EvaluationError.self) {
            try expression.value(for: request, entities: Fixture.entities)
        }
        guard case .getAttribute(let inner, _) = expression.node else {
            Issue.record("no attribute")
            return
        }
        #expect(failure?.span == inner.span)
    }

    @Test("an operator that JSON gives another number of operands fails")
    func argumentCount() throws {
        let call = Expression(.call(.isIpv4, [Expression(.variable(.principal)), Expression(.variable(.action))]))
        #expect(throws: EvaluationError(.argumentCount(.isIpv4, found: 2), at: .none)) {
            try call.value(for: Fixture.request, entities: Fixture.entities)
        }
    }

    @Test("a slot that nobody filled has no value and admits nobody")
    func slots() throws {
        #expect(throws: EvaluationError(.openSlot(.principal), at: .none)) {
            try Expression(.slot(.principal)).value(for: Fixture.request, entities: Fixture.entities)
        }
        let user = EntityUID(type: "User", id: "").type
        for constraint in [ScopeConstraint.equal(.slot), .in(.slot), .isTypeIn(user, .slot)] {
            #expect(!constraint.admits(Fixture.user, Fixture.entities))
        }
    }

    @Test(
        "a policy holds when each `when` is true and each `unless` false",
        arguments: [
            ("", true), ("when { true }", true), ("when { false }", false), ("unless { true }", false),
            ("unless { false }", true), ("when { true } unless { false }", true),
            ("when { true } unless { true }", false),
            ("unless { false } when { false }", false),
        ])
    func conditions(conditions: String, isSatisfied: Bool) throws {
        let set = try PolicySet.parse("permit (principal, action, resource) \(conditions);")
        let response = Authorizer(set).response(to: Fixture.request, entities: Fixture.entities)
        #expect(response.permits == (isSatisfied ? ["policy0"] : []))
    }

    @Test("the index finds what asking every policy finds")
    func index() throws {
        let text = """
            permit (principal == User::"alice", action in [Action::"all", Action::"read"], resource in Folder::"f");
            permit (principal is User in Group::"staff", action, resource is File);
            forbid (principal in Group::"other", action == Action::"read", resource);
            forbid (principal, action, resource) when { context.nothing };
            permit (principal, action in [], resource);
            """
        let authorizer = Authorizer(try PolicySet.parse(text))
        let answer = authorizer.response(to: Fixture.request, entities: Fixture.entities)
        #expect(answer == authorizer.responseWithoutIndex(to: Fixture.request, entities: Fixture.entities))
        #expect(answer.permits == ["policy0", "policy1"])
        #expect(answer.errors.map(\.policy) == ["policy3"])
    }

    @Test(
        "every error has a sentence",
        arguments: [
            (EvaluationError.Kind.type(expected: [.long, .bool], found: .set), "expected long or bool, found set"),
            (.noSuchEntity(Fixture.user), "the entity `User::\"alice\"` does not exist"),
            (.noSuchAttribute(Fixture.user, "a"), "`User::\"alice\"` has no attribute `a`"),
            (.noSuchKey("a"), "the record has no key `a`"),
            (.noSuchTag(Fixture.user, "a"), "`User::\"alice\"` has no tag `a`"),
            (.overflow("+"), "integer overflow in `+`"),
            (.argumentCount(.ip, found: 2), "`ip` takes 1 argument(s), found 2"),
            (.invalidArgument(.ip), "`ip` has no result for this argument"),
            (.openSlot(.resource), "`?resource` was not filled"),
        ])
    func sentences(kind: EvaluationError.Kind, sentence: String) {
        #expect(EvaluationError(kind, at: .none).description == sentence)
    }
}
