package import MartletApproval
package import MartletCore
import MartletJSON
import MartletPolicy

/// Ready-made approval values; every parameter has a sensible default.
package enum ApprovalFixture {
    /// A name in the fixture was not allowed.
    package struct BadName: Error {}

    package static let start = UnixTime(seconds: 1_795_374_000)

    package static func subject(_ name: String) throws -> SubjectID { try made(SubjectID(name)) }

    package static func approver(_ name: String = "olivia") throws -> Approver {
        Approver(subject: try subject(name), issuer: "https://issuer.test", credential: Digest(of: Array(name.utf8)))
    }

    package static func principal(
        agent: String = "finance-bot", user: String? = "alice", actors: [String] = []
    ) throws -> Principal {
        Principal(
            agent: try subject(agent), role: try made(RoleName("finance_executor")), user: try user.map(subject),
            issuer: "https://issuer.test", actors: try actors.map(subject),
            credential: CredentialFacts(
                digest: Digest(of: []), tokenID: nil, keyID: nil, algorithm: "EdDSA",
                expires: UnixTime(seconds: 4_000_000_000)))
    }

    /// A call of `issue_payment`; `number` makes its id.
    package static func call(
        _ number: UInt64 = 1, arguments: String? = #"{"amount":900,"vendor_id":"V-100"}"#,
        principal: Principal? = nil
    ) throws -> ToolCall {
        let value = try arguments.map { try JSONValue.parse(Array($0.utf8)) }
        let canonical = try value?.canonical() ?? Array("{}".utf8)
        return ToolCall(
            id: callID(number), principal: try principal ?? Self.principal(), upstream: try made(UpstreamID("erp")),
            tool: try made(ToolName("issue_payment")), arguments: value, argumentDigest: Digest(of: canonical),
            bodyDigest: Digest(of: canonical), model: .unknown, received: start)
    }

    package static func callID(_ number: UInt64) -> CallID {
        CallID(time: start, random: RandomBits(high: number, low: number))
    }

    /// A pending request for the call named `binding`.
    package static func request(
        ticket: UInt64 = 1, binding: String = "a call", agent: String = "finance-bot", user: String? = "alice",
        actors: [String] = ["planner", "broker"], approvers: [String] = ["olivia", "oscar"], opened: UnixTime = start,
        ttl: Int64 = 900
    ) throws -> ApprovalRequest {
        ApprovalRequest(
            ticket: TicketID(random: SeededRandom(seed: ticket)), binding: Digest(of: Array(binding.utf8)),
            subject: ApprovalSubject(
                agent: try subject(agent), role: try made(RoleName("finance_executor")), user: try user.map(subject),
                actors: try actors.map(subject), issuer: "https://issuer.test", upstream: try made(UpstreamID("erp")),
                tool: try made(ToolName("issue_payment")), arguments: #"{"amount":900,"memo":"ünïcode '; --"}"#,
                argumentDigest: Digest(of: [1]), grant: try made(GrantID("payments.1")), policyDigest: Digest(of: [2])),
            approvers: Set(try approvers.map(subject)), opened: opened,
            expires: opened.advanced(by: Seconds(ttl)))
    }

    private static func made<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw BadName() }
        return value
    }
}
