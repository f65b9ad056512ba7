import MartletAudit
import MartletCore
import MartletEgress
import MartletJSON
import Synchronization
import Testing

@testable import MartletGateway

@Suite("Calls that wait for agents of the modern era")
struct ParkedCallsTests {
    private static let now = UnixTime(seconds: 1_795_374_000)

    private final class Held: HeldCall {
        private let told = Mutex(0)
        var givenUp: Int { told.withLock { $0 } }
        func goOn(_ recorded: consuming RecordedCall, relaying relay: CallRelay?) async -> UpstreamResult {
            .failed(.closed)
        }
        func giveUp() { told.withLock { $0 += 1 } }
    }

    private func parked(
        _ number: UInt64, by agent: String = "finance-bot", round: Int = 1, held: Held = Held()
    ) throws -> ParkedCalls.Parked {
        let principal = Principal(
            agent: try #require(SubjectID(agent)), role: try #require(RoleName("clerk")), user: nil,
            issuer: "urn:martlet:test", actors: [],
            credential: CredentialFacts(
                digest: Digest(of: [1]), tokenID: nil, keyID: nil, algorithm: "EdDSA",
                expires: UnixTime(seconds: 2_000_000_000)))
        let call = ToolCall(
            id: CallID(time: Self.now, random: RandomBits(high: number, low: number)), principal: principal,
            upstream: try #require(UpstreamID("erp")), tool: try #require(ToolName("pay")), arguments: nil,
            argumentDigest: Digest(of: []), bodyDigest: Digest(of: []), model: .unknown, received: Self.now)
        let context = CallContext(
            sourceAddress: "127.0.0.1", protocolVersion: "2026-07-28", transport: "http", round: round)
        return ParkedCalls.Parked(held: held, call: call, context: context)
    }

    @Test("a call is given to one who comes back, for its own round only")
    func once() throws {
        let (calls, held) = (ParkedCalls(), Held())
        let one = try parked(1, round: 2, held: held)
        #expect(calls.park(one, now: Self.now))
        #expect(calls.take(.init(call: one.call.id, round: 1)) == nil)
        #expect(calls.contains(.init(call: one.call.id, round: 2)))
        #expect(calls.take(.init(call: one.call.id, round: 2)) === held)
        #expect(calls.take(.init(call: one.call.id, round: 2)) == nil)
        #expect(held.givenUp == 0)
    }

    @Test("what nobody came back for is taken out at its end, not before, and everything at the end of all")
    func expires() throws {
        let calls = ParkedCalls(patience: Seconds(600))
        #expect(calls.park(try parked(1), now: Self.now))
        #expect(calls.park(try parked(2), now: Self.now.advanced(by: Seconds(1))))
        #expect(calls.expired(at: Self.now.advanced(by: Seconds(599))).isEmpty)
        #expect(calls.expired(at: Self.now.advanced(by: Seconds(600))).count == 1)
        #expect(calls.count == 1)
        #expect(calls.expired(at: nil).count == 1)
        #expect(calls.count == 0)
    }

    @Test("room is bounded for each caller and in all")
    func bounds() throws {
        let calls = ParkedCalls(capacity: 3, perCaller: 2)
        #expect(calls.park(try parked(1), now: Self.now))
        #expect(calls.park(try parked(2), now: Self.now))
        #expect(!calls.park(try parked(3), now: Self.now))
        #expect(calls.park(try parked(4, by: "ops-bot"), now: Self.now))
        #expect(!calls.park(try parked(5, by: "research-bot"), now: Self.now))
    }
}
