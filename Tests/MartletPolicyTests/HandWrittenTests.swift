import MartletCore
import Testing

@testable import MartletCedar
@testable import MartletPolicy

@Suite("Hand-written policies beside grants")
struct HandWrittenTests {
    private static let payments = Fixture.full(#""scope": []"#)
    private static let role = #"principal in Role::"finance_executor""#
    private static let tool = #"action == Action::"erp/issue_payment""#

    private func engine(_ grants: String, _ policies: String) throws -> PolicyEngine {
        PolicyEngine(
            grants: try Fixture.grants("[\(grants)]"), policies: try Fixture.policies(policies),
            bindings: try Fixture.terms().bindings)
    }

    private func word(_ policies: String, _ arguments: String? = Fixture.payment, grants: String = payments) throws
        -> String
    {
        try engine(grants, policies).decide(Fixture.call(arguments), approval: nil, now: Fixture.now).word
    }

    @Test(
        "a forbid wins over every grant, and only where it holds",
        arguments: [
            (#"forbid (principal, action, resource);"#, "policy_hides"),
            (#"forbid (principal, action in Action::"tools/call", resource);"#, "policy_hides"),
            (#"forbid (principal == Agent::"finance-bot", action, resource);"#, "policy_hides"),
            (#"forbid (principal == Agent::"other", action, resource);"#, "permit"),
            (#"forbid (principal in Role::"reader", action, resource);"#, "permit"),
            (#"forbid (principal, action == Action::"erp/issue_batch", resource);"#, "permit"),
            (#"forbid (principal, action, resource == Upstream::"crm");"#, "permit"),
            (
                #"forbid (principal, \#(tool), resource) when { context.args has amount && context.args.amount.greaterThan(decimal("249.99")) };"#,
                "policy_forbids"
            ),
            (
                #"forbid (principal, \#(tool), resource) when { context.args has amount && context.args.amount.greaterThan(decimal("250.0")) };"#,
                "permit"
            ),
            (
                #"forbid (principal, \#(tool), resource) unless { context.args has vendor && ["V-200"].contains(context.args.vendor) };"#,
                "policy_forbids"
            ),
            (
                #"forbid (principal, \#(tool), resource) when { context.caller has user && context.caller.user == User::"alice" };"#,
                "policy_forbids"
            ),
            (
                #"forbid (principal, \#(tool), resource) when { context.now.toTime() >= duration("12h") };"#,
                "policy_forbids"
            ),
            (#"forbid (principal, \#(tool), resource) when { context.method != "tools/call" };"#, "permit"),
            (
                #"forbid (principal, \#(tool), resource) when { context.derived.ranges["/amount"].greatest.whole > 249 };"#,
                "policy_forbids"
            ),
        ])
    func forbids(policy: String, word: String) throws {
        #expect(try self.word(policy) == word)
        #expect(try Fixture.problems(of: policy) == [])
    }

    @Test(
        "what a policy reads and cannot be read exactly denies, whatever the policy says",
        arguments: [
            (#"{"amount": 1.00001}"#, "not_representable"), (#"{"amount": 1e15}"#, "not_representable"),
            (#"{"amount": "1"}"#, "wrong_type"), (#"{"amount": 1, "Amount": 9}"#, "argument_unknown"),
            (#"{"amount": 1}"#, "permit"), ("{}", "permit"), (nil, "permit"), ("[]", "wrong_type"),
        ])
    func faults(arguments: String?, word: String) throws {
        let policy =
            #"forbid (principal, \#(Self.tool), resource) when { context.args has amount && context.args.amount.greaterThan(decimal("5.0")) };"#
        #expect(try self.word(policy, arguments) == word)
        #expect(
            try self.word(#"forbid (principal == Agent::"x", action, resource);"#, arguments)
                == (arguments == "[]" ? "wrong_type" : "permit"))
        // A caller without a grant learns nothing of it.
        #expect(try self.word(policy, arguments, grants: "") == "no_grant")
    }

    @Test("an error of any policy in scope denies, also of a forbid that Cedar would leave out")
    func errors() throws {
        let overflow = "9223372036854775807 + context.derived.ranges[\"/amount\"].greatest.whole > 0"
        let forbid = "forbid (principal, \(Self.tool), resource) when { \(overflow) };"
        #expect(try Fixture.problems(of: forbid) == [])
        #expect(try word(forbid) == "policy_error")
        #expect(try word(forbid, #"{"amount": 0}"#) == "policy_forbids")
        #expect(
            try word("permit (\(Self.role), \(Self.tool), resource) when { \(overflow) };", grants: "")
                == "policy_error")
        #expect(try word(forbid, grants: "") == "no_grant")
        let elsewhere = forbid.replacing("(principal,", with: "(principal in Role::\"reader\",")
        #expect(try word(elsewhere) == "permit")
    }

    @Test("a permit allows what no grant does, is named in the proof, and asks for the approval of a grant")
    func permits() throws {
        let permit =
            "@id(\"small\") permit (\(Self.role), \(Self.tool), resource) when { context.args has amount && context.args.amount.lessThan(decimal(\"300.0\")) };"
        let engine = try engine("", permit)
        let permitted = engine.decide(try Fixture.call(), approval: nil, now: Fixture.now).permitted
        #expect(permitted?.grant.rawValue == "small")
        #expect(try word(permit, #"{"amount": 300}"#, grants: "") == "policy_unmet")
        #expect(
            engine.decide(try Fixture.call(by: Fixture.principal(role: "reader")), approval: nil, now: Fixture.now)
                .reason == .noGrant)
        let approved = Fixture.full(#""scope": []"#, approval: true)
        #expect(try word(permit, grants: approved) == "approval")
    }

    @Test(
        "no permit lifts what the living grants of the role and tool limit; within one of them it holds",
        arguments: [
            (["max_amount_100_eur"], "amount_above_limit"), (["max_amount_250_eur"], "permit"),
            (["max_amount_100_eur", "max_amount_300_eur"], "permit"),
            (["max_amount_100_eur", "max_amount_200_eur"], "amount_above_limit"),
            (["max_amount_100_eur", nil], "permit"),
            (["max_amount_300_usd"], "currency_not_allowed"), ([], "permit"), ([nil], "permit"),
        ])
    func limits(scopes: [String?], word: String) throws {
        let permit = #"permit (principal == Agent::"finance-bot", \#(Self.tool), resource);"#
        let grants = scopes.map { Fixture.full("\"scope\": [\($0.map { "\"\($0)\"" } ?? "")]") }
        #expect(try self.word(permit, grants: grants.joined(separator: ",")) == word)
        // Another role's limits are not this caller's, and a grant that has ended limits nothing.
        let others = grants.map { $0.replacing("finance_executor", with: "reader") }
        #expect(try self.word(permit, grants: others.joined(separator: ",")) == "permit")
        let ended = try engine(grants.joined(separator: ","), permit)
        let end = UnixTime(seconds: 4_000_000_000)
        #expect(ended.decide(try Fixture.call(), approval: nil, now: end).word == "permit")
    }

    @Test("limits are printed and checked as policies, and are there only beside a permit that they bound")
    func limitPolicies() throws {
        let grants = try EveryGrant.grants()
        let permits = try Fixture.policies("permit (\(Self.role), \(Self.tool), resource);")
        let forbids = try Fixture.policies("forbid (\(Self.role), \(Self.tool), resource);")
        #expect(GrantLimits(grants, beside: forbids).policies.isEmpty)
        let limits = GrantLimits(grants, beside: permits).policies
        #expect(limits.count == Set(grants.filter { !$0.constraints.isEmpty || $0.isClosed }.map(\.target)).count)
        let validator = Validator(try PolicySchema(grants: grants, terms: Fixture.terms()).schema())
        for limit in limits {
            let result = validator.validate(limit.body, id: limit.id)
            #expect(result.errors == [] && result.warnings == [], "\(limit.body)")
            #expect(try PolicyBody.parse(Array(limit.body.description.utf8)) == [limit.body])
        }
        let texts = PolicyText.limits(of: grants, for: Array(grants.prefix(1)), beside: permits)
        #expect(texts.count == 1 && texts[0].text.contains("unless"))
    }

    @Test("lists show what a permit could allow and hide what is forbidden in any case")
    func lists() throws {
        let principal = try Fixture.principal()
        let erp = try #require(UpstreamID("erp"))
        func shown(_ grants: String, _ policies: String) throws -> [String] {
            let engine = try engine(grants, policies)
            let tools = engine.visibleTools(for: principal, upstream: erp, now: Fixture.now)
            for tool in [try #require(ToolName("issue_payment")), try #require(ToolName("issue_batch"))] {
                #expect(
                    engine.isVisible(.tool(tool), to: principal, upstream: erp, now: Fixture.now)
                        == tools.contains(tool))
            }
            #expect(engine.hasGrant(on: erp, principal, now: Fixture.now) || tools.isEmpty)
            return tools.map(\.rawValue).sorted()
        }
        let batch =
            #"permit (\#(Self.role), action == Action::"erp/issue_batch", resource) when { context.derived.object };"#
        #expect(try shown(Self.payments, batch) == ["issue_batch", "issue_payment"])
        #expect(try shown("", batch) == ["issue_batch"])
        #expect(try shown("", batch.replacing("finance_executor", with: "reader")) == [])
        #expect(try shown(Self.payments, "forbid (principal, \(Self.tool), resource);") == [])
        #expect(
            try shown(Self.payments, "forbid (principal, \(Self.tool), resource) when { context.derived.object };") == [
                "issue_payment"
            ])
        #expect(
            try shown(Self.payments, #"forbid (principal in Role::"reader", action, resource);"#) == ["issue_payment"])
        #expect(
            try shown(
                "",
                #"permit (principal == Agent::"finance-bot", action in Action::"tools/call", resource == Upstream::"erp");"#
            ) == ["issue_batch", "issue_payment"])
    }

    @Test("prompts and resources of an upstream can be permitted and forbidden")
    func access() throws {
        let engine = try engine(
            "",
            #"permit (\#(Self.role), action in [Action::"prompts/get", Action::"resources/read"], resource in Upstream::"erp"); forbid (principal, action, resource) when { context has uri && !context.straight };"#
        )
        func word(_ subject: CallSubject, _ upstream: String = "erp") throws -> String {
            let upstream = try #require(UpstreamID(upstream))
            let call = ToolCall(
                id: CallID(time: Fixture.now, random: RandomBits(high: 1, low: 2)), principal: try Fixture.principal(),
                upstream: upstream, method: "x", subject: subject, arguments: nil, argumentDigest: Digest(of: []),
                bodyDigest: Digest(of: []), model: .unknown, received: Fixture.now)
            let word = engine.decide(call, approval: nil, now: Fixture.now).word
            #expect(
                engine.isVisible(subject, to: call.principal, upstream: upstream, now: Fixture.now)
                    == (word != "no_grant"))
            #expect(engine.hasGrant(on: upstream, call.principal, now: Fixture.now) == (word != "no_grant"))
            return word
        }
        #expect(try word(.prompt(try #require(PromptName("p")))) == "permit")
        #expect(try word(.prompt(try #require(PromptName("p"))), "crm") == "no_grant")
        #expect(try word(.resource(try #require(ResourceURI("a://b/c")))) == "permit")
        #expect(try word(.resource(try #require(ResourceURI("a://b/../c")))) == "policy_forbids")
    }

    @Test("the digest covers them, whatever their order, and not their comments")
    func digests() throws {
        let one = #"@id("a") forbid (principal, action, resource);"#
        let two = #"@id("b") forbid (principal in Role::"reader", action, resource);"#
        func digest(_ policies: String) throws -> Digest { try engine(Self.payments, policies).digest }
        #expect(try digest(one + two) == digest(two + "// why\n" + one))
        #expect(Set([try digest(""), try digest(one), try digest(two), try digest(one + two)]).count == 4)
    }
}

@Suite("What hand-written policies fail the start with")
struct BadPolicyTests {
    @Test(
        "each mistake is told with line and fix",
        arguments: [
            ("forbid (principal, action);", "guard.cedar:1: not a Cedar policy: "),
            (
                "\nforbid (principal, action == Action::\"erp/issue_paymnet\", resource);",
                #"guard.cedar:2: policy "guard.0": there is no action Action::"erp/issue_paymnet"; did you mean Action::"erp/issue_payment"?"#
            ),
            (
                #"forbid (principal in Role::"raeder", action, resource);"#,
                #"guard.cedar:1: policy "guard.0": there is no Role::"raeder"; did you mean "reader"?"#
            ),
            (
                #"forbid (principal, action, resource == Upstream::"erb");"#,
                #"guard.cedar:1: policy "guard.0": there is no Upstream::"erb"; did you mean "erp"?"#
            ),
            (
                "forbid (principal, action == Action::\"erp/issue_payment\", resource)\nwhen { context.args.amount.greaterThan(decimal(\"1.0\")) };",
                #"guard.cedar:2: policy "guard.0": "amount" may be missing; ask first whether it is there: … has "amount" && …"#
            ),
            (
                "forbid (principal, action == Action::\"erp/issue_payment\", resource)\nwhen { context.args has amount && context.args.amount > 1 };",
                #"guard.cedar:2: policy "guard.0": expected"#
            ),
            (
                "forbid (principal, action == Action::\"erp/issue_payment\", resource) when { context.args has memo };",
                #"guard.cedar:1: policy "guard.0": no call can satisfy this policy; correct its conditions, or remove it"#
            ),
            (
                "permit (principal, action == Action::\"erp/issue_payment\", resource);",
                #"guard.cedar:1: a permit for every principal; name a role: principal in Role::"…""#
            ),
            (
                "permit (principal in Role::\"reader\", action, resource);",
                #"guard.cedar:1: a permit for every action; name the tools"#
            ),
            (
                "@remedy(\"approval\") forbid (principal, action, resource);",
                "guard.cedar:1: @remedy in a hand-written policy; remove it: approval is asked for by a grant"
            ),
            ("@obligation(\"mask\") forbid (principal, action, resource);", "guard.cedar:1: @obligation in a"),
            ("@id(\"a b\") forbid (principal, action, resource);", #"guard.cedar:1: "a b" is no name for a policy"#),
            ("forbid (principal == ?principal, action, resource);", "guard.cedar:1: a template, which nothing links"),
            (
                "@id(\"x\") forbid (principal, action, resource);\n@id(\"x\") forbid (principal, action, resource);",
                #"guard.cedar:2: the id "x" of the grant or policy in guard.cedar:1; give it another @id"#
            ),
            (
                "@id(\"pay\") forbid (principal, action, resource);",
                #"guard.cedar:1: the id "pay" of the grant or policy in grants.json:1; give it another @id"#
            ),
        ])
    func told(text: String, problem: String) throws {
        let problems = try Fixture.problems(of: text)
        #expect(problems.count == 1 && problems[0].hasPrefix(problem), "\(problems)")
    }
}
