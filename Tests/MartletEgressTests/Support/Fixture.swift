import MartletCore
import MartletEgress
import MartletJSON
import NIOCore
import NIOPosix
import Testing

@testable import MartletAudit

/// What every test of an upstream needs: callers, recorded calls, event loops.
enum Fixture {
    /// Event loops of the whole test run. Never shut down: tests share them.
    static let group: MultiThreadedEventLoopGroup = .singleton

    static func upstreamID() throws -> UpstreamID { try #require(UpstreamID("erp")) }

    static func principal(
        _ agent: String = "finance-bot", user: String? = nil, role: String = "finance_executor", token: String = "token"
    ) throws -> Principal {
        Principal(
            agent: try #require(SubjectID(agent)), role: try #require(RoleName(role)),
            user: user.flatMap(SubjectID.init),
            issuer: "urn:martlet:test", actors: [],
            credential: CredentialFacts(
                digest: Digest(of: Array(token.utf8)), tokenID: nil, keyID: nil, algorithm: "EdDSA",
                expires: UnixTime(seconds: 2_000_000_000)))
    }

    static func call(
        _ tool: String, _ arguments: String? = nil, by principal: Principal? = nil
    ) throws -> ToolCall {
        let time = UnixTime(seconds: 1_795_374_000)
        return ToolCall(
            id: CallID(time: time, random: RandomBits(high: 1, low: 2)), principal: try principal ?? Self.principal(),
            upstream: try upstreamID(), tool: try #require(ToolName(tool)),
            arguments: try arguments.map { try JSONValue.parse(Array($0.utf8)) }, argumentDigest: Digest(of: []),
            bodyDigest: Digest(of: []), model: .unknown, received: time)
    }
}

extension Upstream {
    /// Calls a tool as if the whole path before had been walked.
    func call(
        _ tool: String, _ arguments: String? = nil, by principal: Principal? = nil,
        relaying relay: CallRelay? = nil
    ) async throws -> UpstreamResult {
        let call = try Fixture.call(tool, arguments, by: principal)
        return await self.call(
            RecordedCall(call: call, intent: IntentReceipt(call: call.id, index: 0)), relaying: relay)
    }
}

extension UpstreamResult {
    var failure: UpstreamFailure? {
        if case .failed(let failure) = self { failure } else { nil }
    }

    /// The result as JSON text.
    var answer: String? {
        if case .answered(let value, _) = self { String(decoding: value.serialized(), as: UTF8.self) } else { nil }
    }

    /// The text of the first content block.
    var text: String? {
        guard case .answered(let value, _) = self else { return nil }
        return value["content"]?.elements.first { _ in true }?["text"]?.string
    }

    var refusal: Int? {
        if case .refused(let code, _, _) = self { code } else { nil }
    }
}
