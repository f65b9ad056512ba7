import MartletCore
import MartletJSON
import Testing

@testable import MartletPolicy

/// A small company: one upstream `erp` with a tool `issue_payment`, one agent, two approvers.
enum Fixture {
    /// 2026-11-22T12:00:00Z
    static let now = UnixTime(seconds: 1_795_348_800)

    static let seed = """
        {"agent_role": "finance_executor", "tool": "issue_payment",
         "scope": ["vendor_whitelist", "max_amount_1000_eur"], "requires_approval": false}
        """

    static func subject(_ name: String) throws -> SubjectID { try #require(SubjectID(name)) }

    static func principal(
        agent: String = "finance-bot", role: String = "finance_executor", user: String? = "alice",
        actors: [String] = [], issuer: String = "https://issuer.test"
    ) throws -> Principal {
        Principal(
            agent: try subject(agent), role: try #require(RoleName(role)), user: try user.map(subject), issuer: issuer,
            actors: try actors.map(subject),
            credential: CredentialFacts(
                digest: Digest(of: []), tokenID: nil, keyID: nil, algorithm: "ES256", expires: now))
    }

    static let payment = #"{"amount": 250.00, "currency": "EUR", "vendor_id": "V-100"}"#

    static func call(
        _ arguments: String? = payment, tool: String = "issue_payment", upstream: String = "erp",
        by principal: Principal? = nil
    ) throws -> ToolCall {
        let value = try arguments.map { try JSONValue.parse(Array($0.utf8)) }
        return ToolCall(
            id: CallID(time: now, random: RandomBits(high: 1, low: 2)), principal: try principal ?? self.principal(),
            upstream: try #require(UpstreamID(upstream)), tool: try #require(ToolName(tool)), arguments: value,
            argumentDigest: Digest(of: value?.serialized() ?? Array("{}".utf8)), bodyDigest: Digest(of: []),
            model: .unknown, received: now)
    }

    static func terms() throws -> GrantTerms {
        let erp = try #require(UpstreamID("erp"))
        let crm = try #require(UpstreamID("crm"))
        let payment = try #require(ToolName("issue_payment"))
        let batch = try #require(ToolName("issue_batch"))
        return GrantTerms(
            scopes: ScopeRegistry(lists: [
                "vendor_whitelist": ScopeRegistry.List(binding: "vendor", values: ["V-100", "V-200", "caf\u{E9}"])
            ]),
            bindings: ToolBindings([
                erp: [
                    payment: [
                        "amount": try path("/amount"), "currency": try path("/currency"),
                        "vendor": try path("/vendor_id"),
                    ],
                    batch: ["amount": try path("/payments/*/amount"), "currency": try path("/payments/*/currency")],
                ]
            ]),
            roles: [try #require(RoleName("finance_executor")), try #require(RoleName("reader"))],
            upstreams: [erp, crm],
            approvers: ApproverDirectory([
                try person("olivia", roles: ["finance_approver"]), try person("peter", roles: ["security_approver"]),
                try person("alice", roles: ["finance_approver"]),
            ]),
            approvalTTL: Seconds(900), defaultLifetime: .days(90))
    }

    static func path(_ text: String) throws -> ArgumentPath { try #require(ArgumentPath(text)) }

    private static func person(_ name: String, roles: [String]) throws -> ApproverDirectory.Person {
        ApproverDirectory.Person(
            id: try subject(name), subject: try subject(name), roles: Set(roles.compactMap { RoleName($0) }))
    }

    /// The grants of a file; every problem of it fails the test.
    static func grants(_ json: String, now: UnixTime = now) throws -> [Grant] {
        let document = GrantDocument.parse(Array(json.utf8), file: "grants.json")
        try #require(document.problems.map(\.description) == [])
        let compiled = try terms().compile(document.declarations, listed: [:], firstSeen: [:], now: now)
        try #require(compiled.problems.map(\.description) == [])
        return compiled.grants
    }

    /// Hand-written policies; every problem of reading them fails the test.
    static func policies(_ cedar: String) throws -> [HandWrittenPolicy] {
        let document = PolicyDocument.parse(Array(cedar.utf8), file: "guard.cedar")
        try #require(document.problems.map(\.description) == [])
        return document.policies
    }

    /// What is wrong with hand-written policies beside a grant called `pay`.
    static func problems(of cedar: String) throws -> [String] {
        let grants = GrantDocument.parse(
            Array(full(#""id": "pay", "scope": ["max_amount_1_eur"]"#, approval: true).utf8), file: "grants.json")
        let compiled = try terms().compile(grants.declarations, listed: [:], firstSeen: [:], now: now)
        let document = PolicyDocument.parse(Array(cedar.utf8), file: "guard.cedar")
        let check = PolicyCheck(compiled, document.policies, terms: try terms())
        return (document.problems + check.problems()).map(\.description)
    }

    static func engine(_ json: String) throws -> PolicyEngine { PolicyEngine(grants: try grants(json)) }

    /// A grant in the full form for `issue_payment`, with `members` added.
    static func full(_ members: String, approval: Bool = false, tool: String = "issue_payment") -> String {
        """
        {"agent_role": "finance_executor", "upstream": "erp", "tool": "\(tool)", "expires": "2027-01-01",
         "requires_approval": \(approval), \(members)}
        """
    }

    /// A full grant with one constraint.
    static func constrained(_ constraint: String) -> String { full("\"constraints\": [\(constraint)]") }

    static func problems(_ json: String, firstSeen: UnixTime? = nil, terms: GrantTerms? = nil) throws -> [String] {
        let document = GrantDocument.parse(Array(json.utf8), file: "grants.json")
        let seen = Dictionary(document.declarations.map { ($0.key, firstSeen ?? now) }) { first, _ in first }
        let compiled = try (terms ?? self.terms()).compile(
            document.declarations, listed: [:], firstSeen: seen, now: now)
        return (document.problems + compiled.problems).map(\.description)
    }
}

extension Decision {
    var reason: DenialReason? {
        guard case .deny(let reason) = self else { return nil }
        return reason
    }

    var permitted: AuthorizedCall? {
        guard case .permit(let call) = self else { return nil }
        return call
    }

    var requirement: ApprovalRequirement? {
        guard case .approvalRequired(let requirement) = self else { return nil }
        return requirement
    }

    /// `permit`, `approval`, or the denial's wire code.
    var word: String {
        switch self {
        case .permit: "permit"
        case .approvalRequired: "approval"
        case .deny(let reason): reason.rawValue
        }
    }
}
