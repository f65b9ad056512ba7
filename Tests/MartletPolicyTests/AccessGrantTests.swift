import MartletCore
import MartletJSON
import Testing

@testable import MartletPolicy

@Suite("Grants of prompts and resources")
struct AccessGrantTests {
    private static func grant(_ members: String, role: String = "finance_executor") -> String {
        #"{"agent_role": "\#(role)", "upstream": "erp", "expires": "2027-01-01", \#(members)}"#
    }

    private static let all =
        "["
        + [
            grant(#""prompt": "monthly report""#), grant(#""resource": "erp://rates/eur""#),
            grant(#""resource": "erp://invoices/{id}""#), grant(#""resource_prefix": "erp://reports/2026/""#),
            grant(#""resource_prefix": "file:///srv/data/""#),
            grant(#""resource_prefix": "erp://reports/""#, role: "reader"),
        ].joined(separator: ",\n") + "]"

    private func call(_ subject: CallSubject, role: String = "finance_executor", upstream: String = "erp") throws
        -> ToolCall
    {
        ToolCall(
            id: CallID(time: Fixture.now, random: RandomBits(high: 1, low: 2)),
            principal: try Fixture.principal(role: role), upstream: try #require(UpstreamID(upstream)),
            method: "resources/read", subject: subject, arguments: nil, argumentDigest: Digest(of: []),
            bodyDigest: Digest(of: []), model: .unknown, received: Fixture.now)
    }

    private func word(_ subject: CallSubject, role: String = "finance_executor", upstream: String = "erp") throws
        -> String
    {
        let engine = try Fixture.engine(Self.all)
        let call = try call(subject, role: role, upstream: upstream)
        let isVisible = engine.isVisible(
            subject, to: call.principal, upstream: call.upstream, now: Fixture.now)
        let word = engine.decide(call, approval: nil, now: Fixture.now).word
        #expect(isVisible == (word == "permit"))
        return word
    }

    @Test(
        "a URI is permitted when it is named, or lies below a prefix, and nothing in it could lead elsewhere",
        arguments: [
            ("erp://rates/eur", true), ("erp://rates/eu", false), ("erp://rates/eur/", false),
            ("ERP://rates/eur", false), ("erp://rates/EUR", false), ("erp://invoices/{id}", true),
            ("erp://invoices/7", false), ("erp://reports/2026/q1", true), ("erp://reports/2026/", false),
            ("erp://reports/2026", false), ("erp://reports/2026x/q1", false), ("erp://reports/2025/q1", false),
            ("erp://reports/2026/a/b.c", true), ("erp://reports/2026/..", false),
            ("erp://reports/2026//etc/passwd", false), ("erp://reports/2026/a//b", false),
            ("erp://reports/2026/a/", true),
            ("erp://reports/2026/../2025/q1", false), ("erp://reports/2026/./q1", false),
            ("erp://reports/2026/x?y=../z", false), ("erp://reports/2026/x#..", false),
            ("erp://reports/2026/..;x", false), ("erp://reports/2026/...", true),
            ("erp://reports/2026/%2e%2e/x", false), ("erp://reports/2026/%2E%2E/x", false),
            ("erp://reports/2026/.%2e/x", false), ("erp://reports/2026/a%2fb", false),
            ("erp://reports/2026/a%2Fb", false), ("erp://reports/2026/a%5cb", false),
            ("erp://reports/2026/a%00", false), ("erp://reports/2026/a%0a", false), ("erp://reports/2026/a%7f", false),
            ("erp://reports/2026/%252e%252e/x", false), ("erp://reports/2026/a%2", false),
            ("erp://reports/2026/a%zz", false), ("erp://reports/2026/a%20b", true),
            ("erp://reports/2026/%C3%A9", true), ("erp://reports/2026/x?page=2", true),
            ("file:///srv/data/a", true), ("file:///srv/data/../a", false), ("file:///srv/database", false),
            ("file://host/srv/data/a", false),
        ])
    func uris(uri: String, isPermitted: Bool) throws {
        let subject = CallSubject.resource(try #require(ResourceURI(uri)))
        #expect(try word(subject) == (isPermitted ? "permit" : "no_grant"))
    }

    @Test("a grant holds for its role, its upstream and its kind alone")
    func kinds() throws {
        let report = CallSubject.resource(try #require(ResourceURI("erp://reports/2025/q1")))
        #expect(try word(report, role: "reader") == "permit")
        #expect(try word(report, role: "finance_executor") == "no_grant")
        #expect(try word(report, role: "reader", upstream: "crm") == "no_grant")
        let prompt = CallSubject.prompt(try #require(PromptName("monthly report")))
        #expect(try word(prompt) == "permit")
        #expect(try word(prompt, role: "reader") == "no_grant")
        #expect(try word(.prompt(try #require(PromptName("Monthly report")))) == "no_grant")
        let engine = try Fixture.engine(Self.grant(#""prompt": "issue_payment""#))
        #expect(engine.decide(try Fixture.call(), approval: nil, now: Fixture.now).word == "no_grant")
    }

    @Test("an ended grant shows and permits nothing")
    func ended() throws {
        let engine = try Fixture.engine(Self.all)
        let later = try #require(UnixTime(rfc3339: "2027-01-01T00:00:00Z"))
        for uri in ["erp://rates/eur", "erp://reports/2026/q1"] {
            let call = try call(.resource(try #require(ResourceURI(uri))))
            #expect(engine.decide(call, approval: nil, now: later).word == "grant_expired")
            #expect(!engine.isVisible(call.subject, to: call.principal, upstream: call.upstream, now: later))
        }
    }

    @Test("the grants have ids of their own, and their order does not change the policy")
    func digests() throws {
        let grants = try Fixture.grants(Self.all)
        #expect(Set(grants.map(\.id)).count == grants.count)
        #expect(grants.allSatisfy { GrantID($0.id.rawValue) != nil })
        #expect(PolicyEngine(grants: grants).digest == PolicyEngine(grants: grants.reversed()).digest)
        #expect(grants[0].id.rawValue.hasPrefix("finance_executor.monthly-report."))
    }

    private static let conditions = "remove it: conditions of prompts and resources are not enforced by this release"
    private static let noURI = "write the one URI, or template, exactly as the upstream lists it"
    private static let noPrefix =
        #"write "scheme://something/": it ends in /, and has no wildcard, "..", query or encoded dot or slash"#

    @Test(
        "what cannot be enforced fails the start, with line and fix",
        arguments: [
            (
                grant(#""prompt": "p", "requires_approval": true"#),
                #"approval for a prompt or resource; remove "requires_approval": this release asks for approval of tool calls only"#
            ),
            (grant(#""prompt": "p", "scope": []"#), #""scope" in a grant of a prompt or resource; \#(conditions)"#),
            (
                grant(#""resource": "x:y", "constraints": []"#),
                #""constraints" in a grant of a prompt or resource; \#(conditions)"#
            ),
            (
                grant(#""resource": "x:y", "closed": true"#),
                #""closed" in a grant of a prompt or resource; \#(conditions)"#
            ),
            (
                grant(#""resource": "x:y", "approvers": ["olivia"]"#),
                #""approvers" in a grant of a prompt or resource; \#(conditions)"#
            ),
            (
                grant(#""resource": "x:y", "prompt": "p""#),
                "a grant of prompt and resource; write one grant for each"
            ),
            (
                grant(#""prompt": "p*""#),
                #"wildcard "p*" in "prompt"; name exactly one; a grant for everything is no grant"#
            ),
            (grant(#""resource": "x://*""#), #""x://*" is no URI for "resource"; \#(noURI)"#),
            (grant(#""resource": "rates""#), #""rates" is no URI for "resource"; \#(noURI)"#),
            (
                #"{"agent_role": "reader", "expires": "2027-01-01", "prompt": "p"}"#,
                #"a grant of a prompt or resource without "upstream"; add "upstream""#
            ),
            (
                #"{"agent_role": "reader", "upstream": "erp", "prompt": "p"}"#,
                #"a grant without an end; add "expires": "2027-01-31"; only the short form's four keys may stand without it"#
            ),
        ]
            + [
                "erp://", "erp:///", "file:///", "erp://reports", "erp://reports/../", "erp://*/", "erp://a/{b}/",
                "erp://a/?x=/", "erp://a/%2e/", "erp:a/", "a/", "",
            ].map {
                (grant("\"resource_prefix\": \"\($0)\""), "\"\($0)\" is no prefix for \"resource_prefix\"; \(noPrefix)")
            })
    func broken(grant: String, problem: String) throws {
        #expect(try Fixture.problems(grant) == ["grants.json:1: " + problem])
    }

    @Test("an upstream is there for a role with any live grant on it, and for nobody else")
    func upstreams() throws {
        let engine = try Fixture.engine(Self.all)
        func isThere(_ upstream: String, _ role: String, at now: UnixTime = Fixture.now) throws -> Bool {
            engine.hasGrant(
                on: try #require(UpstreamID(upstream)), try Fixture.principal(role: role), now: now)
        }
        #expect(try isThere("erp", "reader"))
        #expect(try !isThere("erp", "operations"))
        #expect(try !isThere("crm", "reader"))
        let end = try #require(UnixTime(rfc3339: "2027-01-01T00:00:00Z"))
        #expect(try isThere("erp", "reader", at: UnixTime(microseconds: end.microseconds - 1)))
        #expect(try !isThere("erp", "reader", at: end))
    }
}

@Suite("What an approval of a later round is bound to")
struct RoundBindingTests {
    private func binding(round: Int, call: UInt64 = 1, state: String? = nil, asked: String? = nil) throws -> Digest {
        var input = CallInput()
        input.asked = asked.map { Digest(of: Array($0.utf8)) }
        input.round = round
        input.upstreamState = state
        let call = ToolCall(
            id: CallID(time: Fixture.now, random: RandomBits(high: call, low: 2)), principal: try Fixture.principal(),
            upstream: try #require(UpstreamID("erp")), method: "tools/call",
            subject: .tool(try #require(ToolName("pay"))), arguments: nil, argumentDigest: Digest(of: []),
            bodyDigest: Digest(of: []), model: .unknown, received: Fixture.now, input: input)
        return Digest(binding: call, to: Digest(of: [1]))
    }

    @Test("the first round is bound to what is asked, whatever the call is named")
    func firstRound() throws {
        #expect(try binding(round: 0, call: 1) == binding(round: 0, call: 9))
    }

    @Test("the same answer in another round, call or to another question needs another approval")
    func laterRound() throws {
        let one = try binding(round: 1, call: 1, state: "q1")
        #expect(try one == binding(round: 1, call: 1, state: "q1"))
        #expect(try one != binding(round: 0, call: 1, state: "q1"))
        #expect(try one != binding(round: 2, call: 1, state: "q1"))
        #expect(try one != binding(round: 1, call: 9, state: "q1"))
        #expect(try one != binding(round: 1, call: 1, state: "q2"))
        #expect(try one != binding(round: 1, call: 1, state: nil))
    }

    @Test("an answer on the stream of its call is bound to its question, and stands when the call is made again")
    func onTheStream() throws {
        let one = try binding(round: 1, call: 1, state: "s1", asked: "q1")
        #expect(try one == binding(round: 1, call: 9, state: "s2", asked: "q1"))
        #expect(try one != binding(round: 1, call: 1, state: "s1", asked: "q2"))
        #expect(try one != binding(round: 1, call: 1, state: "s1"))
        #expect(try one != binding(round: 0, call: 1))
    }
}
