import MartletCore
import Testing

@testable import MartletPolicy

@Suite("Grants as they are written")
struct GrantDocumentTests {
    @Test("the exact short form loads and works")
    func seed() throws {
        let grant = try Fixture.grants(
            """
            {
              "agent_role": "finance_executor",
              "tool": "issue_payment",
              "scope": ["vendor_whitelist", "max_amount_1000_eur"],
              "requires_approval": true
            }
            """)[0]
        #expect(grant.target.upstream.rawValue == "erp")
        #expect(grant.constraints.map(\.source) == ["vendor_whitelist", "max_amount_1000_eur"])
        #expect(grant.approval?.ttl == Seconds(900))
        #expect(grant.id.rawValue.hasPrefix("finance_executor.issue_payment."))
    }

    @Test("the full form loads with every member")
    func full() throws {
        let grant = try Fixture.grants(
            """
            [{"id": "pay", "agent_role": "finance_executor", "upstream": "erp", "tool": "issue_payment",
              "expires": "2026-12-31T18:00:00+01:00", "owner": "alice@example.com", "scope": ["vendor_whitelist"],
              "constraints": [{"argument": "/amount", "amount": {"maximum": 10, "currency": "EUR"}}],
              "closed": true, "requires_approval": true, "approvers": ["finance_approver"], "quorum": 1,
              "approval_ttl": "1h"}]
            """)[0]
        #expect(grant.id.rawValue == "pay")
        #expect(grant.expires.rfc3339 == "2026-12-31T17:00:00.000000Z")
        #expect(grant.owner?.rawValue == "alice@example.com")
        #expect(grant.isClosed)
        #expect(grant.approval?.approvers == [try Fixture.subject("olivia"), try Fixture.subject("alice")])
        #expect(grant.approval?.ttl == Seconds(3600))
    }

    @Test("a grant of the short form ends on the day it was first seen plus the default lifetime")
    func lifetime() throws {
        let document = GrantDocument.parse(Array(Fixture.seed.utf8), file: "grants.json")
        let key = document.declarations[0].key
        let seen = try #require(UnixTime(rfc3339: "2026-11-01T23:59:59Z"))
        let known = try Fixture.terms().compile(
            document.declarations, listed: [:], firstSeen: [key: seen], now: Fixture.now)
        #expect(known.grants[0].expires.rfc3339 == "2027-01-30T00:00:00.000000Z")
        #expect(known.newlySeen == [])
        let new = try Fixture.terms().compile(document.declarations, listed: [:], firstSeen: [:], now: Fixture.now)
        #expect(new.grants[0].expires.rfc3339 == "2027-02-20T00:00:00.000000Z")
        #expect(new.newlySeen == [key])
        let soon = try #require(UnixTime(rfc3339: "2027-01-16T00:00:01Z"))
        #expect(known.ending(within: .days(14), now: soon).count == 1)
        #expect(known.ending(within: .days(14), now: UnixTime(seconds: soon.seconds - 1)).isEmpty)
    }

    @Test("the key of a grant survives moving and reordering, not a change of what it says")
    func key() throws {
        func key(_ json: String) -> GrantKey? {
            GrantDocument.parse(Array(json.utf8), file: "grants.json").declarations.last?.key
        }
        let moved = #"""
            [{"agent_role": "reader", "tool": "x", "scope": [], "requires_approval": false},
             {"requires_approval": false, "tool": "issue_payment", "agent_role": "finance_executor",
              "scope": ["max_amount_1000_eur", "vendor_whitelist"]}]
            """#
        let original = try #require(key(Fixture.seed))
        #expect(key(moved) == original)
        #expect(GrantKey(original.description) == original)
        for (old, new) in [
            ("1000", "1001"), ("false", "true"), ("issue_payment", "pay"), ("finance_executor", "reader"),
        ] {
            #expect(key(Fixture.seed.replacing(old, with: new)) != original)
        }
    }

    @Test("the upstream of a short-form grant is the one that offers its tool, the configuration's word first")
    func offering() throws {
        let json = #"{"agent_role": "reader", "tool": "find", "scope": [], "requires_approval": false}"#
        let document = GrantDocument.parse(Array(json.utf8), file: "grants.json")
        let (erp, crm) = (try #require(UpstreamID("erp")), try #require(UpstreamID("crm")))
        let (find, pay) = (try #require(ToolName("find")), try #require(ToolName("issue_payment")))
        func compile(_ document: GrantDocument, _ listed: [UpstreamID: Set<ToolName>]) throws -> CompiledGrants {
            try Fixture.terms().compile(document.declarations, listed: listed, firstSeen: [:], now: Fixture.now)
        }
        let unknown = try compile(document, [:])
        #expect(unknown.pending.count == 1 && unknown.grants.isEmpty && unknown.problems.isEmpty)
        #expect(try compile(document, [crm: [find], erp: []]).grants.map(\.target.upstream) == [crm])
        // While one list is unknown, nobody can say that the tool has one home only.
        #expect(try compile(document, [crm: [find]]).pending.count == 1)
        #expect(
            try compile(document, [crm: [find], erp: [find]]).problems.map(\.description) == [
                #"grants.json:1: tool "find" of two upstreams: crm, erp; use the full form and name one: "upstream": "crm", "expires": …"#
            ])
        // Another upstream cannot draw a grant to itself, or make it ambiguous, by listing the tool's name.
        let seed = GrantDocument.parse(Array(Fixture.seed.utf8), file: "grants.json")
        #expect(try compile(seed, [crm: [pay]]).grants.map(\.target.upstream) == [erp])
        let stranger = try #require(UpstreamID("stranger"))
        #expect(try compile(document, [stranger: [find], erp: [], crm: []]).pending.count == 1)
    }

    @Test("every broken grant is named with its line and its fix", arguments: BrokenGrants.all)
    func broken(json: String, expected: String) throws {
        #expect(try Fixture.problems(json) == [expected])
    }

    @Test("a grant of the short form that has outlived its lifetime is refused")
    func outlived() throws {
        let seen = try #require(UnixTime(rfc3339: "2026-08-24"))
        #expect(
            try Fixture.problems(Fixture.seed, firstSeen: seen) == [
                "grants.json:1: grant ended 2026-11-22T00:00:00.000000Z, 90d after it was first seen; "
                    + "remove it, or renew it with \"expires\""
            ])
        #expect(try Fixture.problems(Fixture.seed, firstSeen: UnixTime(seconds: seen.seconds + 86_400)) == [])
    }

    @Test(
        "a grant that ends at this very moment is refused, one that ends a second later loads",
        arguments: [("2026-11-22T12:00:00Z", 1), ("2026-11-22T12:00:01Z", 0)])
    func endsNow(end: String, problems: Int) throws {
        let grant = Fixture.full(#""scope": []"#).replacing("2027-01-01", with: end)
        #expect(try Fixture.problems(grant).count == problems)
    }

    @Test("where nobody may approve, a grant that needs approval is refused")
    func nobody() throws {
        var terms = try Fixture.terms()
        terms.approvers = ApproverDirectory([])
        #expect(
            try Fixture.problems(Fixture.full(#""scope": []"#, approval: true), terms: terms) == [
                "grants.json:2: nobody may approve for this grant; add people under approvals.approvers"
            ])
    }

    @Test("a name that is both an approver and a role is refused")
    func ambiguous() throws {
        var terms = try Fixture.terms()
        let olivia = try Fixture.subject("olivia")
        terms.approvers = ApproverDirectory([
            ApproverDirectory.Person(id: olivia, subject: olivia, roles: [try #require(RoleName("olivia"))])
        ])
        #expect(
            try Fixture.problems(Fixture.full(#""scope": [], "approvers": ["olivia"]"#, approval: true), terms: terms)
                == [
                    "grants.json:2: \"olivia\" is an approver and a role of approvers; rename the role"
                ])
    }

    @Test("all problems of a file are found in one reading")
    func all() throws {
        let problems = try Fixture.problems(
            "[\n{\"agent_role\": \"*\", \"tool\": \"\"},\n{\"agent_role\": \"reader\", \"tol\": \"x\"}\n]")
        #expect(
            problems.map { $0.prefix(14) } == Array(repeating: "grants.json:2:", count: 4)[...]
                .map { $0.prefix(14) } + Array(repeating: "grants.json:3:", count: 4).map { $0.prefix(14) })
    }

    @Test("lines are counted where the document breaks them, not inside its texts")
    func lines() {
        let text = "[\r\n {\"a\\\"\": \"x\\\\\",\n\n \"b\":\n [1, {\"c\": {}}\n, \"d\"]}]"
        let tree = LineTree(document: Array(text.utf8))
        #expect(tree.children[0].line == 2)
        #expect(tree.children[0].children.map(\.line) == [2, 4])
        #expect(tree.children[0].children[1].children.map(\.line) == [5, 5, 6])
    }
}

@Suite("Scope words")
struct ScopeRegistryTests {
    @Test(
        "an amount is understood by its form",
        arguments: [
            ("max_amount_1000_eur", "1000 EUR"), ("max_amount_99.50_usd", "99.5 USD"),
            ("max_amount_0.01_chf", "0.01 CHF"),
            ("max_amount_0_eur", nil), ("max_amount_0.00_eur", nil), ("max_amount_01_eur", nil),
            ("max_amount_-1_eur", nil),
            ("max_amount_1e3_eur", nil), ("max_amount_1._eur", nil), ("max_amount_.5_eur", nil),
            ("max_amount_1.2.3_eur", nil),
            ("max_amount__eur", nil), ("max_amount_1000", nil), ("max_amount_1000_", nil), ("max_amount_1000_EUR", nil),
            ("max_amount_1000_euro", nil), ("max_amount_1000_eur_x", nil), ("MAX_amount_1000_eur", nil),
            ("max_amount_99999999999999999999_eur", nil), ("max_amount_*_eur", nil), ("*", nil), ("", nil),
        ])
    func amounts(word: String, expected: String?) {
        let meaning = ScopeRegistry(lists: [:]).meaning(of: word)
        guard case .amountAtMost(let number, let currency)? = meaning else {
            #expect(expected == nil)
            return
        }
        #expect("\(number) \(currency)" == expected)
    }
}
