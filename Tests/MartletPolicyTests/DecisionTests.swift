import MartletCore
import Testing

@testable import MartletPolicy

@Suite("Decisions")
struct DecisionTests {
    private let unlimited = Fixture.full(#""scope": []"#)

    @Test("nothing is permitted unless a grant says so")
    func denyByDefault() throws {
        let call = try Fixture.call()
        #expect(PolicyEngine(grants: []).decide(call, approval: nil, now: Fixture.now).reason == .noGrant)
    }

    @Test(
        "a grant is for one role, one upstream and one tool, byte for byte",
        arguments: [
            ("finance_executor", "erp", "issue_payment", nil), ("reader", "erp", "issue_payment", DenialReason.noGrant),
            ("Finance_Executor", "erp", "issue_payment", .noGrant),
            ("finance_executor", "crm", "issue_payment", .noGrant),
            ("finance_executor", "erp", "issue_payments", .noGrant),
            ("finance_executor", "erp", "Issue_payment", .noGrant),
        ])
    func target(role: String, upstream: String, tool: String, reason: DenialReason?) throws {
        let call = try Fixture.call(tool: tool, upstream: upstream, by: Fixture.principal(role: role))
        #expect(try Fixture.engine(unlimited).decide(call, approval: nil, now: Fixture.now).reason == reason)
    }

    @Test("a permit names the grant and the policy, and carries the call it is for")
    func permit() throws {
        let engine = try Fixture.engine(Fixture.full(#""scope": [], "id": "payments-2026""#))
        let call = try Fixture.call()
        let permitted = try #require(engine.decide(call, approval: nil, now: Fixture.now).permitted)
        #expect(permitted.grant.rawValue == "payments-2026")
        #expect(permitted.policyDigest == engine.digest)
        #expect(permitted.call.id == call.id)
        #expect(permitted.approval == nil)
    }

    @Test("a grant holds until its end and not one microsecond longer")
    func expiry() throws {
        let engine = try Fixture.engine(unlimited)
        let end = try #require(UnixTime(rfc3339: "2027-01-01"))
        let call = try Fixture.call()
        let before = UnixTime(microseconds: end.microseconds - 1)
        #expect(engine.decide(call, approval: nil, now: before).permitted != nil)
        #expect(engine.decide(call, approval: nil, now: end).reason == .grantExpired)
        #expect(engine.decide(call, approval: nil, now: UnixTime(microseconds: .max)).reason == .grantExpired)
    }

    @Test("one satisfied grant is enough")
    func anyGrant() throws {
        let engine = try Fixture.engine(
            """
            [\(Fixture.full(#""scope": ["max_amount_100_eur"]"#)), \(Fixture.full(#""scope": ["max_amount_500_usd"]"#))]
            """)
        let table = [
            (#"{"amount": 100, "currency": "EUR"}"#, "permit"), (#"{"amount": 500, "currency": "USD"}"#, "permit"),
            (#"{"amount": 500, "currency": "EUR"}"#, "amount_above_limit"),
            (#"{"amount": 501, "currency": "USD"}"#, "amount_above_limit"),
            (#"{"amount": 1, "currency": "GBP"}"#, "currency_not_allowed"),
        ]
        for (arguments, expected) in table {
            #expect(engine.decide(try Fixture.call(arguments), approval: nil, now: Fixture.now).word == expected)
        }
    }

    @Test("the reason told is the most specific one, whatever the order of grants and constraints")
    func mostSpecific() throws {
        let one = Fixture.full(#""scope": ["vendor_whitelist", "max_amount_1000_eur"]"#)
        let two = Fixture.constrained(#"{"argument": "/nowhere", "boolean": true}"#)
        let arguments = #"{"amount": 2000, "currency": "EUR", "vendor_id": "V-999"}"#
        for grants in ["[\(one), \(two)]", "[\(two), \(one)]"] {
            let decision = try Fixture.engine(grants).decide(
                try Fixture.call(arguments), approval: nil, now: Fixture.now)
            #expect(decision.reason == .amountAboveLimit)
        }
    }

    @Test("an expired grant is told only when no live grant says more")
    func expiredIsLeastSpecific() throws {
        let ended = try Fixture.grants(unlimited)[0]
        let live = try Fixture.grants(Fixture.constrained(#"{"argument": "/x", "boolean": true}"#))[0]
        let engine = PolicyEngine(grants: [
            Grant(
                id: ended.id, target: ended.target, expires: Fixture.now, owner: nil, constraints: [], isClosed: false,
                approval: nil),
            live,
        ])
        #expect(engine.decide(try Fixture.call(), approval: nil, now: Fixture.now).reason == .argumentMissing)
    }

    @Test("the order of specificity is the order of the cases")
    func specificity() {
        for (left, right) in zip(DenialReason.allCases, DenialReason.allCases.dropFirst()) {
            #expect(DenialReason.moreSpecific(left, right) == right)
            #expect(DenialReason.moreSpecific(right, left) == right)
        }
    }

    @Test("wire codes stay as they are")
    func wireCodes() {
        #expect(
            DenialReason.allCases.map(\.rawValue) == [
                "no_grant", "grant_expired", "policy_unmet", "argument_unknown", "argument_missing", "wrong_type",
                "not_representable",
                "currency_not_allowed", "value_not_listed", "boolean_not_allowed", "string_out_of_range",
                "number_out_of_range", "amount_not_positive", "amount_below_limit", "amount_above_limit",
                "approval_mismatch", "approval_not_yet_valid", "approval_expired", "approval_incomplete",
                "approval_by_requester", "approver_not_allowed", "policy_forbids", "policy_hides",
                "policy_error",
            ])
    }
}

@Suite("What a caller sees")
struct VisibilityTests {
    private func names(
        _ engine: PolicyEngine, role: String = "finance_executor", upstream: String = "erp", at now: UnixTime
    )
        throws -> [String]
    {
        let principal = try Fixture.principal(role: role)
        let tools = engine.visibleTools(for: principal, upstream: try #require(UpstreamID(upstream)), now: now)
        return tools.map(\.rawValue).sorted()
    }

    @Test("a tool is visible to the role that has a live grant for it, on that upstream only")
    func visible() throws {
        let engine = try Fixture.engine(
            """
            [\(Fixture.full(#""scope": []"#)), \(Fixture.full(#""scope": []"#, approval: true, tool: "issue_batch"))]
            """)
        #expect(try names(engine, at: Fixture.now) == ["issue_batch", "issue_payment"])
        #expect(try names(engine, role: "reader", at: Fixture.now) == [])
        #expect(try names(engine, upstream: "crm", at: Fixture.now) == [])
    }

    @Test("a tool disappears when its last grant ends")
    func ending() throws {
        let later = Fixture.full(#""scope": ["vendor_whitelist"]"#).replacing("2027-01-01", with: "2027-02-01")
        let other = Fixture.full(#""scope": []"#, tool: "issue_batch")
        let engine = try Fixture.engine("[\(Fixture.full(#""scope": []"#)), \(later), \(other)]")
        let january = try #require(UnixTime(rfc3339: "2027-01-01"))
        let february = try #require(UnixTime(rfc3339: "2027-02-01"))
        #expect(
            try names(engine, at: UnixTime(microseconds: january.microseconds - 1)) == ["issue_batch", "issue_payment"])
        #expect(try names(engine, at: january) == ["issue_payment"])
        #expect(try names(engine, at: february) == [])
    }
}

@Suite("The policy's digest")
struct PolicyDigestTests {
    private func digest(_ json: String) throws -> Digest { try Fixture.engine(json).digest }

    @Test("the order of grants, members, words and values does not matter")
    func order() throws {
        let one = #"{"agent_role": "reader", "tool": "issue_payment", "scope": [], "requires_approval": false}"#
        let two = #"""
            {"requires_approval": false, "scope": ["max_amount_1000_eur", "vendor_whitelist"],
             "tool": "issue_payment", "agent_role": "finance_executor"}
            """#
        #expect(try digest("[\(one), \(Fixture.seed)]") == digest("[\(two), \(one)]"))
        #expect(
            try digest(Fixture.constrained(#"{"argument": "/a", "one_of": ["x", "y"]}"#))
                == digest(Fixture.constrained(#"{"argument": "/a", "one_of": ["y", "x"]}"#)))
    }

    @Test("every change of meaning changes it")
    func changes() throws {
        let grants = [
            Fixture.full(#""scope": ["max_amount_1000_eur"]"#), Fixture.full(#""scope": ["max_amount_1001_eur"]"#),
            Fixture.full(#""scope": ["max_amount_1000_usd"]"#), Fixture.full(#""scope": ["vendor_whitelist"]"#),
            Fixture.full(#""scope": ["vendor_whitelist"], "closed": true"#), Fixture.full(#""scope": []"#),
            Fixture.full(#""scope": []"#, approval: true), Fixture.full(#""scope": [], "owner": "alice""#),
            Fixture.full(#""scope": [], "approval_ttl": "5m""#, approval: true),
            Fixture.full(#""scope": [], "approvers": ["olivia"]"#, approval: true),
            Fixture.full(#""scope": []"#).replacing("2027-01-01", with: "2027-01-02"),
            Fixture.constrained(#"{"argument": "/a", "number": {"maximum": 1}}"#),
            Fixture.constrained(#"{"argument": "/a", "number": {"minimum": 1}}"#),
            Fixture.constrained(#"{"argument": "/b", "number": {"minimum": 1}}"#),
            Fixture.constrained(#"{"argument": "/a", "one_of": ["1"]}"#),
            Fixture.constrained(#"{"argument": "/a", "one_of": [1]}"#),
            Fixture.constrained(#"{"argument": "/a", "string": {"prefix": "1"}}"#),
            Fixture.constrained(#"{"argument": "/a", "string": {"maximum_length": 1}}"#),
            Fixture.constrained(#"{"argument": "/a", "string": {"minimum_length": 1}}"#),
            Fixture.constrained(#"{"argument": "/a", "boolean": true}"#),
            Fixture.constrained(#"{"argument": "/a", "boolean": false}"#),
        ]
        #expect(Set(try grants.map(digest)).count == grants.count)
    }
}
