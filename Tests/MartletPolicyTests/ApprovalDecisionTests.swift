import MartletCore
import Testing

@testable import MartletPolicy

@Suite("Approval as part of the decision")
struct ApprovalDecisionTests {
    private let grant = Fixture.full(
        #""scope": ["max_amount_1000_eur"], "approvers": ["finance_approver"], "approval_ttl": "10m""#, approval: true)
    private let later = UnixTime(microseconds: Fixture.now.microseconds + 60_000_000)

    private func requirement(_ call: ToolCall, _ engine: PolicyEngine) throws -> ApprovalRequirement {
        try #require(engine.decide(call, approval: nil, now: Fixture.now).requirement)
    }

    private func fact(
        _ digest: Digest, approvers: [String] = ["olivia"], grantedAt: UnixTime = Fixture.now, lasting: Int64 = 600
    ) throws -> ApprovalFact {
        ApprovalFact(
            id: "apr-1", approvers: try approvers.map(Fixture.subject), issuer: "https://issuer.test",
            grantedAt: grantedAt,
            expires: grantedAt.advanced(by: Seconds(lasting)), bindingDigest: digest)
    }

    @Test("a grant that needs approval asks for it, and says who may give it and for how long")
    func asks() throws {
        let engine = try Fixture.engine(grant)
        let requirement = try requirement(Fixture.call(), engine)
        // Alice is a finance approver too, but the payment is hers.
        #expect(requirement.approvers.map(\.rawValue) == ["olivia"])
        #expect(requirement.quorum == 1)
        #expect(requirement.ttl == Seconds(600))
        #expect(requirement.grant == (try Fixture.grants(grant)[0].id))
    }

    @Test("with the approval as a fact the second decision permits and carries it")
    func permits() throws {
        let engine = try Fixture.engine(grant)
        let fact = try fact(requirement(Fixture.call(), engine).bindingDigest)
        let permitted = try #require(engine.decide(Fixture.call(), approval: fact, now: later).permitted)
        #expect(permitted.approval == fact)
    }

    @Test("approval does not widen a grant")
    func constraintsStillHold() throws {
        let engine = try Fixture.engine(grant)
        let call = try Fixture.call(#"{"amount": 1001, "currency": "EUR"}"#)
        let fact = try fact(Digest(binding: call, to: engine.digest))
        #expect(engine.decide(call, approval: fact, now: later).reason == .amountAboveLimit)
    }

    @Test("an approval is for one caller, one tool, exact arguments and one policy")
    func mismatch() throws {
        let engine = try Fixture.engine(
            "[\(grant), \(grant.replacing("issue_payment", with: "issue_batch"))]".replacing(
                #""tool": "issue_batch", "expires": "2027-01-01""#,
                with: #""tool": "issue_batch", "expires": "2027-01-02""#
            ).replacing(#""scope": ["max_amount_1000_eur"]"#, with: #""scope": []"#))
        let fact = try fact(requirement(Fixture.call(), engine).bindingDigest)
        let others = [
            try Fixture.call(#"{"amount": 250.01, "currency": "EUR", "vendor_id": "V-100"}"#),
            try Fixture.call(nil), try Fixture.call(tool: "issue_batch"),
            try Fixture.call(by: Fixture.principal(agent: "other-bot")),
            try Fixture.call(by: Fixture.principal(user: nil)), try Fixture.call(by: Fixture.principal(user: "bob")),
            try Fixture.call(by: Fixture.principal(actors: ["router"])),
            try Fixture.call(by: Fixture.principal(issuer: "https://other.test")),
        ]
        for call in others {
            #expect(engine.decide(call, approval: fact, now: later).reason == .approvalMismatch)
        }
        #expect(engine.decide(try Fixture.call(), approval: fact, now: later).permitted != nil)
        let changed = try Fixture.engine(grant.replacing("2027-01-01", with: "2027-01-02"))
        #expect(changed.decide(try Fixture.call(), approval: fact, now: later).reason == .approvalMismatch)
    }

    @Test("the same caller with a refreshed token keeps the approval")
    func refreshedToken() throws {
        let engine = try Fixture.engine(grant)
        let fact = try fact(requirement(Fixture.call(), engine).bindingDigest)
        let old = try Fixture.principal()
        let refreshed = Principal(
            agent: old.agent, role: old.role, user: old.user, issuer: old.issuer, actors: old.actors,
            credential: CredentialFacts(
                digest: Digest(of: [1]), tokenID: "2", keyID: nil, algorithm: "EdDSA", expires: later))
        #expect(engine.decide(try Fixture.call(by: refreshed), approval: fact, now: later).permitted != nil)
    }

    @Test("an approval ends, at the latest when the policy says so")
    func expiry() throws {
        let engine = try Fixture.engine(grant)
        let digest = try requirement(Fixture.call(), engine).bindingDigest
        func reason(lasting: Int64, after seconds: Int64) throws -> DenialReason? {
            let now = Fixture.now.advanced(by: Seconds(seconds))
            return engine.decide(try Fixture.call(), approval: try fact(digest, lasting: lasting), now: now).reason
        }
        #expect(try reason(lasting: 300, after: 299) == nil)
        #expect(try reason(lasting: 300, after: 300) == .approvalExpired)
        #expect(try reason(lasting: 86_400, after: 599) == nil)
        #expect(try reason(lasting: 86_400, after: 600) == .approvalExpired)
    }

    @Test("an approval from the future is not believed")
    func future() throws {
        let engine = try Fixture.engine(grant)
        let fact = try fact(requirement(Fixture.call(), engine).bindingDigest, grantedAt: later)
        #expect(engine.decide(try Fixture.call(), approval: fact, now: Fixture.now).reason == .approvalNotYetValid)
        #expect(engine.decide(try Fixture.call(), approval: fact, now: later).permitted != nil)
    }

    @Test(
        "only people the grant names may approve, and nobody his own call",
        arguments: [
            (["olivia"], nil), ([], DenialReason.approvalIncomplete), (["peter"], .approverNotAllowed),
            (["mallory"], .approverNotAllowed), (["alice"], .approvalByRequester),
            (["finance-bot"], .approvalByRequester), (["router"], .approvalByRequester),
            (["olivia", "alice"], .approvalByRequester), (["olivia", "mallory"], .approverNotAllowed),
        ])
    func approvers(names: [String], reason: DenialReason?) throws {
        let engine = try Fixture.engine(grant)
        let call = try Fixture.call(by: Fixture.principal(actors: ["router"]))
        let fact = try fact(requirement(call, engine).bindingDigest, approvers: names)
        #expect(engine.decide(call, approval: fact, now: later).reason == reason)
    }

    @Test("one person twice is one person")
    func distinct() throws {
        let original = try Fixture.grants(grant)[0]
        let rule = ApprovalRule(
            approvers: [try Fixture.subject("olivia"), try Fixture.subject("peter")], quorum: 2, ttl: Seconds(600))
        let engine = PolicyEngine(grants: [
            Grant(
                id: original.id, target: original.target, expires: original.expires, owner: nil, constraints: [],
                isClosed: false, approval: rule)
        ])
        let digest = try requirement(Fixture.call(), engine).bindingDigest
        func reason(_ names: [String]) throws -> DenialReason? {
            engine.decide(try Fixture.call(), approval: try fact(digest, approvers: names), now: later).reason
        }
        #expect(try reason(["olivia", "olivia"]) == .approvalIncomplete)
        #expect(try reason(["olivia", "peter"]) == nil)
    }

    @Test("a broader grant without approval does not switch another one's approval off")
    func approvalForbids() throws {
        let broader = Fixture.full(#""scope": []"#)
        for grants in ["[\(grant), \(broader)]", "[\(broader), \(grant)]"] {
            let engine = try Fixture.engine(grants)
            #expect(engine.decide(try Fixture.call(), approval: nil, now: Fixture.now).word == "approval")
            // Also above the limit of the grant that asks: what it would not permit is no reason to ask less.
            let large = try Fixture.call(#"{"amount": 5000, "currency": "EUR"}"#)
            #expect(engine.decide(large, approval: nil, now: Fixture.now).word == "approval")
        }
    }

    @Test("another role's, another tool's and an ended grant's approval does not reach over")
    func approvalStaysHome() throws {
        let broader = Fixture.full(#""scope": []"#)
        let role = grant.replacing("finance_executor", with: "reader")
        let tool = Fixture.full(#""scope": [], "approvers": ["olivia"]"#, approval: true, tool: "issue_batch")
        let ended = grant.replacing("2027-01-01", with: "2026-12-01")
        let engine = try Fixture.engine("[\(broader), \(role), \(tool), \(ended)]")
        let december = try #require(UnixTime(rfc3339: "2026-12-01"))
        #expect(engine.decide(try Fixture.call(), approval: nil, now: Fixture.now).word == "approval")
        #expect(engine.decide(try Fixture.call(), approval: nil, now: december).word == "permit")
    }

    @Test("two grants that ask for approval are both obeyed: common approvers, the shorter time")
    func combined() throws {
        let one = Fixture.full(
            #""scope": [], "approvers": ["olivia", "peter"], "approval_ttl": "1h""#, approval: true)
        let two = Fixture.full(
            #""scope": ["vendor_whitelist"], "approvers": ["security_approver"], "approval_ttl": "2m""#, approval: true)
        let requirement = try requirement(Fixture.call(), Fixture.engine("[\(one), \(two)]"))
        #expect(requirement.approvers.map(\.rawValue) == ["peter"])
        #expect(requirement.ttl == Seconds(120))
    }

    @Test("where no approval is asked for, one that is shown changes nothing")
    func unneeded() throws {
        let engine = try Fixture.engine(Fixture.full(#""scope": []"#))
        let fact = try fact(Digest(of: []))
        let permitted = try #require(engine.decide(try Fixture.call(), approval: fact, now: later).permitted)
        #expect(permitted.approval == nil)
    }
}
