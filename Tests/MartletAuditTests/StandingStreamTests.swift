import MartletAudit
import MartletCore
import MartletJSON
import MartletTesting
import Synchronization
import Testing

@Suite("A standing stream")
struct StandingStreamTests {
    /// What a listener was given to write.
    private final class Wire: Sendable {
        private let parts = Mutex<[String]>([])
        var written: [String] { parts.withLock { $0 } }

        func write(_ part: AuditedPart) {
            let text =
                switch part.content {
                case .head(let status, _): "head \(status)"
                case .event(let bytes): String(decoding: bytes, as: UTF8.self)
                case .end: "end"
                }
            parts.withLock { $0.append(text) }
        }
    }

    private static func open(_ fixture: Fixture, _ wire: Wire) async throws -> StandingStream {
        try await fixture.log.openStanding(try Fixture.stream(), head: Fixture.draft) { wire.write($0) }
    }

    private static func types(_ fixture: Fixture) throws -> [RecordType] { try fixture.entries().map(\.type) }

    @Test("its opening is durable before the first byte, and without a record nothing is written")
    func recordedFirst() async throws {
        let (fixture, wire) = (try Fixture(), Wire())
        fixture.store.inject(.failBeforeWrite, atAppend: 1)
        await #expect(throws: AuditError.self) { _ = try await Self.open(fixture, wire) }
        #expect(wire.written.isEmpty)
        let stream = try await Self.open(fixture, wire)
        #expect(try Self.types(fixture) == [.streamOpened])
        #expect(wire.written == ["head 200"])
        stream.end(.shutdown, last: nil)
    }

    @Test("it ends once, with one record of what it carried, and nothing is sent afterwards")
    func endsOnce() async throws {
        let (fixture, wire) = (try Fixture(), Wire())
        let stream = try await Self.open(fixture, wire)
        stream.begin(with: Array("ack".utf8))
        #expect(stream.send(Array("one".utf8)))
        stream.end(.revoked, last: Array("last".utf8))
        stream.end(.agentLeft, last: Array("again".utf8))
        #expect(!stream.send(Array("late".utf8)))
        #expect(wire.written == ["head 200", "ack", "one", "last", "end"])
        await fixture.log.flushCoalesced(now: fixture.clock.now())
        await fixture.log.flushCoalesced(now: fixture.clock.now())
        let entries = try fixture.entries()
        #expect(entries.map(\.type) == [.streamOpened, .streamClosed])
        let observed = try #require(entries.last?.document.member("observed"))
        #expect(observed.member("reason")?.string == "revoked")
        #expect(observed.member("sent")?.integer == 1)
        #expect(observed.member("opened")?.integer == 0)
        #expect(
            observed.member("stream")?.string == entries.first?.document.member("observed")?.member("stream")?.string)
    }

    @Test("a stream that is dropped ends as abandoned")
    func dropped() async throws {
        let (fixture, wire) = (try Fixture(), Wire())
        _ = try await Self.open(fixture, wire)
        #expect(wire.written == ["head 200", "end"])
        await fixture.log.flushCoalesced(now: fixture.clock.now())
        #expect(try fixture.entries().last?.document.member("observed")?.member("reason")?.string == "abandoned")
    }

    @Test("an end that cannot be recorded is counted as a gap")
    func unrecordedEnd() async throws {
        let (fixture, wire) = (try Fixture(), Wire())
        let stream = try await Self.open(fixture, wire)
        stream.end(.agentLeft, last: nil)
        fixture.store.inject(.failBeforeWrite, atAppend: 2)
        await fixture.log.flushCoalesced(now: fixture.clock.now(), everything: true)
        let gap = try #require(try fixture.entries().first { $0.type == .logGap })
        #expect(gap.document.member("derived")?.member("lost")?.member("stream.closed")?.integer == 1)
    }

    @Test("the answer to its request is the stream itself")
    func answer() async throws {
        let stream = try await Self.open(try Fixture(), Wire())
        let answer = stream.answer
        #expect(answer.hasLeft && answer.goesOn)
    }
}
