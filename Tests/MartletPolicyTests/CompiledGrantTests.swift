import MartletCore
import Testing

@testable import MartletCedar
@testable import MartletPolicy

/// Grants with every kind of constraint, name and approval.
enum EveryGrant {
    static let all = [
        Fixture.seed, Fixture.full(#""scope": ["max_amount_1000_eur"], "owner": "alice@example.com""#, approval: true),
        Fixture.full(#""closed": true, "scope": ["vendor_whitelist"]"#),
        Fixture.full(#""closed": true, "scope": []"#, tool: "if-then.else_1"),
        Fixture.constrained(#"{"argument": "/a,b/~0\"\\/é/*", "one_of": ["x\u0000", "\"", "caf\u00e9", "*"]}"#),
        Fixture.constrained(#"{"argument": "/if", "one_of": [1, -2.5, 0.000000000000000001]}"#),
        Fixture.constrained(#"{"argument": "/n", "number": {"minimum": -999999999999999999, "maximum": 0.1}}"#),
        Fixture.constrained(
            #"{"argument": "/s", "string": {"prefix": "/srv/*\\", "minimum_length": 0, "maximum_length": 4}}"#),
        Fixture.constrained(#"{"argument": "/__cedar", "boolean": false}"#),
        Fixture.constrained(#"{"argument": "/m", "amount": {"minimum": 0.5, "currency": "USD"}}"#),
        #"{"agent_role": "reader", "upstream": "erp", "expires": "2027-01-01T00:00:00.000001Z", "prompt": "a b's"}"#,
        #"{"agent_role": "reader", "upstream": "erp", "expires": "9999-12-31T23:59:59Z", "resource": "erp://x/{y}"}"#,
        #"{"agent_role": "reader", "upstream": "erp", "expires": "2027-01-01", "resource_prefix": "erp://x/"}"#,
    ]

    static func grants() throws -> [Grant] {
        try Fixture.grants("[\(all.joined(separator: ",\n"))]")
    }
}

@Suite("What grants compile to")
struct CompiledGrantTests {
    @Test("every compiled and every built-in policy is valid against the schema, strictly, and can be satisfied")
    func valid() throws {
        let grants = try EveryGrant.grants()
        let validator = Validator(try PolicySchema(grants: grants, terms: Fixture.terms()).schema())
        for policy in grants.flatMap(\.compiled) + BuiltInPolicies.all {
            let result = validator.validate(policy.body, id: policy.id)
            #expect(result.errors == [] && result.warnings == [], "\(policy.body)")
        }
    }

    @Test("the text of a compiled policy reads back as the same policy")
    func text() throws {
        for policy in try EveryGrant.grants().flatMap(\.compiled) + BuiltInPolicies.all {
            let read = try PolicyBody.parse(Array(policy.body.description.utf8))
            #expect(read == [policy.body])
        }
    }

    @Test(
        "no compiled policy fails to evaluate, whatever the arguments are",
        arguments: [
            nil, "{}", "[]", "7", #"{"amount": "x", "currency": 1, "vendor_id": null, "if": {}, "n": "", "s": 1}"#,
            #"{"amount": 1e99, "Amount": 1, "currency": [], "n": 1e-99, "s": ["x"], "m": 0, "a,b": 1}"#,
            #"{"amount": 1, "currency": "EUR", "vendor_id": "V-100", "if": 1, "n": 0, "s": "x", "m": 1}"#,
        ])
    func total(arguments: String?) throws {
        let engine = PolicyEngine(grants: try EveryGrant.grants(), bindings: try Fixture.terms().bindings)
        for tool in ["issue_payment", "issue_batch", "if-then.else_1"] {
            let call = try Fixture.call(arguments, tool: tool)
            let question = try #require(engine.book.question(call, nil, policy: engine.digest, now: Fixture.now))
            let answer = engine.book.authorizer.response(to: question.request, entities: question.entities)
            #expect(answer.errors == [])
        }
    }

    @Test("what a hand-written policy reads fits the schema, approval and caller too")
    func requests() throws {
        let grants = try Fixture.grants(Fixture.seed)
        let schema = try PolicySchema(grants: grants, terms: Fixture.terms()).schema()
        let reads =
            ["ranges", "numbers"].map { #"context.derived.\#($0)["/amount"]"# }
            + ["texts", "strings"].flatMap { kind in
                ["/currency", "/vendor_id"].map { #"context.derived.\#(kind)["\#($0)"]"# }
            } + ["amount", "currency", "vendor"].map { "context.args.\($0)" }
        let policy =
            "forbid (principal, action, resource) when { \(reads.map { "\($0) == 1" }.joined(separator: " || ")) };"
        let engine = PolicyEngine(
            grants: grants, policies: try Fixture.policies(policy), bindings: try Fixture.terms().bindings)
        let approval = ApprovalFact(
            id: "a", approvers: [try Fixture.subject("olivia")], issuer: "https://issuer.test",
            grantedAt: Fixture.now, expires: Fixture.now,
            bindingDigest: Digest(of: []))
        for fact in [nil, approval] {
            let question = try #require(
                engine.book.question(try Fixture.call(), fact, policy: engine.digest, now: Fixture.now))
            let request = question.request
            let definition = try #require(schema.actions[request.action])
            #expect(question.fault == nil)
            #expect(
                request.context.fields.map(\.key)
                    == definition.context.attributes.map(\.name).filter { fact != nil || $0 != "approval" })
            // Of the facts only those that are read are there.
            for field in request.context.fields where field.key != "derived" {
                #expect(definition.context[field.key]?.type.contains(field.value) == true, "\(field)")
            }
            try check(request.context["derived"], definition.context["derived"]?.type)
        }
    }

    private func check(_ derived: Value?, _ type: CedarType?) throws {
        guard case .record(let derived)? = derived, case .record(let type)? = type else {
            Issue.record("no facts")
            return
        }
        #expect(derived.fields.map(\.key) == ["numbers", "object", "ranges", "strings", "texts"])
        for kind in derived.fields where kind.key != "object" {
            guard case .record(let facts) = kind.value, case .record(let types)? = type[kind.key]?.type else {
                Issue.record("\(kind.key)")
                continue
            }
            for fact in facts.fields { #expect(types[fact.key]?.type.contains(fact.value) == true, "\(fact)") }
        }
    }

    @Test("a grant prints what it means")
    func seed() throws {
        let grant = try Fixture.grants(Fixture.full(#""id": "pay", "scope": ["max_amount_99.5_eur"]"#, approval: true))
        #expect(
            grant[0].policyTexts.map(\.text) == [
                """
                @id("pay")
                @expires("2027-01-01T00:00:00.000000Z")
                @scope("max_amount_99.5_eur")
                @reasons("grant_expired wrong_type fault currency_not_allowed fault amount_not_positive amount_above_limit")
                permit (principal in Role::"finance_executor", action == Action::"erp/issue_payment", resource == Upstream::"erp")
                when { context.now < datetime("2027-01-01T00:00:00Z") }
                when { context.derived.object }
                when { !(context.derived.texts["/currency"] has fault) }
                when { ["EUR"].containsAll(context.derived.texts["/currency"].values) }
                when { !(context.derived.ranges["/amount"] has fault) }
                when { context.derived.ranges["/amount"].least.whole > 0 || context.derived.ranges["/amount"].least.whole == 0 && context.derived.ranges["/amount"].least.fraction > 0 }
                when { context.derived.ranges["/amount"].greatest.whole < 99 || context.derived.ranges["/amount"].greatest.whole == 99 && context.derived.ranges["/amount"].greatest.fraction <= 500000000000000000 };
                """,
                """
                @id("pay#approval")
                @remedy("approval")
                @approvers("alice olivia peter")
                @approvals("1")
                @approval_ttl("15m")
                forbid (principal in Role::"finance_executor", action in [Action::"erp/issue_payment", Action::"erp/issue_payment/tasks/update"], resource == Upstream::"erp")
                when { context.now < datetime("2027-01-01T00:00:00Z") }
                unless { context has approval && context.approval.given == context.approval.asked && context.approval.granted <= context.now && context.now < context.approval.expires && context.now < context.approval.granted.offset(duration("900s")) && context.approval.count >= 1 && [User::"alice", User::"olivia", User::"peter"].containsAll(context.approval.approvers) };
                """,
            ])
    }

    @Test(
        "an end between two milliseconds comes earlier, never later",
        arguments: [(-1001, "permit"), (-501, "permit"), (-500, "grant_expired"), (0, "grant_expired")])
    func ends(microseconds: Int64, word: String) throws {
        let text = Fixture.full(#""scope": []"#).replacing("2027-01-01", with: "2027-01-01T00:00:00.000500Z")
        let grants = try Fixture.grants(text)
        let now = UnixTime(microseconds: grants[0].expires.microseconds + microseconds)
        #expect(PolicyEngine(grants: grants).decide(try Fixture.call(), approval: nil, now: now).word == word)
    }

    @Test("an exact number compares as the decimal does", arguments: [-3, -2, -1, 0, 1, 2, 3])
    func exact(step: Int) throws {
        let texts = [
            "-5.000000001", "-5", "-0.1", "0", "0.000000000000000001", "0.1", "5", "5.5", "999999999999999999",
        ]
        let numbers = texts.compactMap { MartletCore.Decimal($0) }
        try #require(numbers.count == texts.count)
        for (index, number) in numbers.enumerated() {
            let other = numbers[(index + step + numbers.count) % numbers.count]
            let exact = ExactNumber(other)
            let request = Request(
                principal: CedarModel.callTool, action: CedarModel.callTool, resource: CedarModel.callTool,
                context: Record([Record.Field(key: "n", value: ExactNumber(number).value)]))
            func holds(_ expression: MartletCedar.Expression) throws -> Bool {
                try expression.value(for: request, entities: .empty) == .bool(true)
            }
            let context = Expression.context("n")
            #expect(try holds(exact.isAtMost(context)) == (other <= number))
            #expect(try holds(exact.isAtLeast(context)) == (other >= number))
            #expect(try holds(exact.isBelow(context)) == (other < number))
        }
    }
}
