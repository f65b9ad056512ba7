import MartletAudit
import MartletCore
import MartletJSON
import MartletMCP
import MartletPolicy
import MartletTesting
import Testing

@testable import MartletGateway

/// A call that reports `progress`, waits, and ends with `last`; nil leaves its stream open.
enum StreamScript {
    private static func notice(_ value: Int) throws -> UpstreamNotice {
        let params = try JSONValue.parse(Array(#"{"progressToken":1,"progress":\#(value)}"#.utf8))
        return try #require(UpstreamNotice(method: "notifications/progress", params: params, ofCall: 1))
    }

    /// The chunk in which progress `value` leaves.
    static func chunk(_ value: Int) throws -> String {
        let message = try #require(try notice(value).message(token: .string("t")))
        let event = ServerSentEvent.encode(message)
        return "\(String(event.count, radix: 16))\r\n\(String(decoding: event, as: UTF8.self))\r\n"
    }

    static func run(
        _ audit: AuditLog, _ line: AgentLine, progress: [Int], last: String?, wait: () async -> Void = {}
    ) async -> AuditedResponse {
        let failed = ResponseDraft(status: 500)
        do {
            let intent = try await intent(audit)
            line.begin(
                LineCall(
                    intent: intent, token: .string("t"), endsWithConnection: true, audit: audit,
                    head: ResponseDraft(status: 200, headers: [(name: "content-type", value: "text/event-stream")])))
            for value in progress { line.hear(try notice(value)) }
            await wait()
            guard let stream = line.end() else { return audit.unrecorded(.ping, answering: failed) }
            if let last {
                try await stream.close(
                    OutcomeFacts(.ok, latencyMicroseconds: 1), last: Array(last.utf8), withheld: [])
            }
            return stream.answer
        } catch {
            return audit.unrecorded(.ping, answering: failed)
        }
    }

    private static func intent(_ audit: AuditLog) async throws -> IntentReceipt {
        let time = UnixTime(seconds: 1_795_374_000)
        let (role, upstream, tool) = (
            try #require(RoleName("clerk")), try #require(UpstreamID("erp")), try #require(ToolName("pay"))
        )
        let principal = Principal(
            agent: try #require(SubjectID("bot")), role: role, user: nil, issuer: "urn:martlet:test", actors: [],
            credential: CredentialFacts(
                digest: Digest(of: [1]), tokenID: nil, keyID: nil, algorithm: "EdDSA",
                expires: UnixTime(seconds: 2_000_000_000)))
        let call = ToolCall(
            id: CallID(time: time, random: RandomBits(high: 1, low: 1)), principal: principal, upstream: upstream,
            tool: tool, arguments: nil, argumentDigest: Digest(of: []), bodyDigest: Digest(of: []), model: .unknown,
            received: time)
        let grant = Grant(
            id: try #require(GrantID("g")), target: GrantTarget(role: role, upstream: upstream, tool: tool),
            expires: UnixTime(seconds: 1_900_000_000), owner: nil, constraints: [], isClosed: false, approval: nil)
        guard case .permit(let permitted) = PolicyEngine(grants: [grant]).decide(call, approval: nil, now: time) else {
            throw CancellationError()
        }
        let context = CallContext(sourceAddress: "127.0.0.1", protocolVersion: "2026-07-28", transport: "http")
        let recorded = try await audit.recordIntent(permitted, context: context)
        return recorded.intent
    }
}
