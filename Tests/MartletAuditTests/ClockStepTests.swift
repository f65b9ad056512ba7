import MartletAudit
import MartletCore
import MartletRecords
import MartletTesting
import Testing

/// Times in records are the machine's own account; the order is that of the log.
@Suite("a clock that steps")
struct ClockStepTests {
    private static let start: Int64 = 1_795_374_000

    @Test(
        "back or forward between intent and outcome leaves a sound log, and the order of what happened",
        arguments: [-86_400, -1, 0, 1, 365 * 86_400] as [Int64])
    func steps(by seconds: Int64) async throws {
        let fixture = try Fixture()
        try await fixture.complete(try Fixture.call(1))
        let recorded = try await fixture.log.recordIntent(
            try fixture.authorized(try Fixture.call(2)), context: Fixture.context())
        let intent = recorded.intent
        let stepped = UnixTime(seconds: Self.start + seconds)
        fixture.clock.set(stepped)
        _ = try await fixture.log.recordOutcome(of: intent, try Fixture.ended(), answering: Fixture.draft)
        try await fixture.complete(try Fixture.call(3))

        let leaves = fixture.store.leaves
        let pair: [RecordType] = [.callIntent, .callOutcome]
        #expect(try fixture.types() == pair + pair + pair)
        // A call a year later comes with a credential that has ended: the gateway would refuse it, this test does not.
        #expect(fixture.findings(leaves).allSatisfy { $0.rule == .credentialNotExpired && $0.index == 4 })
        #expect(String(decoding: leaves[3], as: UTF8.self).contains(#""t":"\#(stepped.rfc3339)""#))
        var open = OpenIntents()
        for (index, leaf) in leaves.enumerated() { try open.take(leaf, at: UInt64(index)) }
        #expect(open.open.isEmpty)
    }
}
