import MartletAudit
import MartletCore
import MartletRecords
import MartletTesting
import Testing

/// Each stream that was opened has one end, or the run of the gateway has ended.
@Suite("Standing streams in a log")
struct OpenStreamsTests {
    private static func opening(after size: Int) -> LogOpening {
        LogOpening(version: "0.1.0", previousSize: UInt64(size), previousRoot: Digest(of: []), bootID: "b")
    }

    /// What happens to a log; streams have numbers.
    private enum Step { case begin, stop, open(UInt64), end(UInt64), flush, loseEnds }

    private func check(_ steps: [Step]) async throws -> LogCheck {
        let fixture = try Fixture()
        var streams: [UInt64: StandingStream] = [:]
        for step in steps {
            switch step {
            case .begin:
                _ = try await fixture.log.recordEvent(.logOpened(Self.opening(after: fixture.store.leaves.count)))
            case .stop: _ = try await fixture.log.recordEvent(.logClosed(reason: "signal"))
            case .open(let number):
                let facts = try Fixture.stream(number)
                streams[number] = try await fixture.log.openStanding(facts, head: Fixture.draft) { _ in }
            case .end(let number): streams[number]?.end(.agentLeft, last: nil)
            case .flush: await fixture.log.flushCoalesced(now: fixture.clock.now())
            case .loseEnds:
                fixture.store.inject(.failBeforeWrite, atAppend: fixture.store.attempts + 1)
                await fixture.log.flushCoalesced(now: fixture.clock.now(), everything: true)
            }
        }
        var check = LogCheck()
        for (index, leaf) in fixture.store.leaves.enumerated() { check.takeStrictly(leaf, at: UInt64(index)) }
        return check
    }

    @Test("streams that ended, in whatever order, leave nothing open")
    func ended() async throws {
        let check = try await check([
            .begin, .open(1), .open(2), .end(2), .flush, .open(3), .end(3), .end(1), .flush, .stop,
        ])
        #expect(check.findings == [] && check.openStreams == [])
    }

    @Test("a stream without an end is open while the gateway runs")
    func open() async throws {
        let check = try await check([.begin, .open(1), .open(2), .end(1), .flush])
        #expect(check.findings == [] && check.openStreams == [2])
    }

    @Test("after a crash its streams are over")
    func crash() async throws {
        let check = try await check([.begin, .open(1), .begin, .open(2), .end(2), .flush, .stop])
        #expect(check.findings == [] && check.openStreams == [])
    }

    @Test("a stream that is open when the gateway stops in order has lost its end")
    func neverEnded() async throws {
        let check = try await check([.begin, .open(1), .open(2), .end(2), .flush, .stop, .begin])
        #expect(check.findings.map(\.rule) == [.streamEndsInTime] && check.findings.first?.index == 4)
        #expect(check.findings.first?.text == "the stream of record 1 has no end")
        #expect(check.openStreams == [], "it is told once")
    }

    @Test("an end that the log says it has lost is not missing")
    func lost() async throws {
        let check = try await check([.begin, .open(1), .end(1), .loseEnds, .stop])
        #expect(check.findings == [])
    }

    @Test("an end belongs to an opening before it, of the same stream, once")
    func contradicted() async throws {
        let fixture = try Fixture()
        for number: UInt64 in [1, 2] {
            let stream = try await fixture.log.openStanding(try Fixture.stream(number), head: Fixture.draft) { _ in }
            stream.end(.agentLeft, last: nil)
            await fixture.log.flushCoalesced(now: fixture.clock.now())
        }
        let leaves = fixture.store.leaves
        #expect(fixture.findings(leaves) == [])
        let twice = fixture.findings(leaves + [leaves[1]])
        #expect(twice.map(\.rule) == [.oneStreamEnd] && twice.first?.index == 4)
        let alone = fixture.findings([leaves[1]])
        #expect(alone.map(\.rule) == [.streamEndHasOpening])
        let foreign = edited(leaves[1], Fixture.id(1).rawValue, Fixture.id(9).rawValue)
        let another = fixture.findings([leaves[0], foreign])
        #expect(another.map(\.rule) == [.streamEndHasOpening])
    }
}
