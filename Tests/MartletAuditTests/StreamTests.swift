import MartletAudit
import MartletCore
import MartletTesting
import Synchronization
import Testing

struct StreamTests {
    /// What the listener would have written.
    private final class Wire: Sendable {
        private let parts = Mutex<[String]>([])
        func write(_ part: AuditedPart) {
            let text =
                switch part.content {
                case .head(let status, _): "head \(status)"
                case .event(let bytes): String(decoding: bytes, as: UTF8.self)
                case .end: "end"
                }
            parts.withLock { $0.append(text) }
        }
        var written: [String] { parts.withLock { $0 } }
    }

    private func intent(_ fixture: Fixture) async throws -> IntentReceipt {
        let recorded = try await fixture.log.recordIntent(
            try fixture.authorized(try Fixture.call()), context: Fixture.context())
        return recorded.intent
    }

    private func open(_ fixture: Fixture, _ wire: Wire) async throws -> AuditedStream {
        fixture.log.openStream(
            for: try await intent(fixture), head: ResponseDraft(status: 200), to: { wire.write($0) })
    }

    private static func draft(_ text: String) -> ResponseDraft { ResponseDraft(status: 200, body: Array(text.utf8)) }

    @Test("a stream that goes on with the next round ends with the outcome of that round")
    func rounds() async throws {
        let (fixture, wire) = (try Fixture(), Wire())
        let stream = try await open(fixture, wire)
        _ = try await fixture.log.recordOutcome(
            of: stream.intent, try Fixture.ended(.inputRequired("elicitation.form")), answering: Self.draft("asked"))
        let next = try await intent(fixture)
        stream.goOn(with: next)
        try await stream.close(try Fixture.ended(), last: Array("last".utf8), withheld: [])
        #expect(wire.written == ["head 200", "last", "end"])
        #expect(try fixture.types() == [.callIntent, .callOutcome, .callIntent, .callOutcome])
        #expect(try fixture.entries().last?.intent == next.index)
    }

    @Test("a stream may end with an answer that is on record already, once, and leaves nothing in doubt")
    func refusal() async throws {
        let (fixture, wire) = (try Fixture(), Wire())
        do {
            let stream = try await open(fixture, wire)
            let first = try await fixture.log.recordOutcome(
                of: stream.intent, try Fixture.ended(.inputRequired("roots")), answering: Self.draft("refused"))
            stream.end(with: first) { $0.body }
            let second = try await fixture.log.record(.logClosed(reason: "test"), answering: Self.draft("again"))
            stream.end(with: second) { $0.body }
            #expect(!stream.send(Array("late".utf8)))
        }
        #expect(wire.written == ["head 200", "refused", "end"])
        await fixture.log.flushCoalesced(now: fixture.clock.now(), everything: true)
        #expect(try fixture.types() == [.callIntent, .callOutcome, .logClosed])
    }

    @Test("the outcome is durable before the last event leaves, and there is exactly one")
    func close() async throws {
        let (fixture, wire) = (try Fixture(), Wire())
        let stream = try await open(fixture, wire)
        #expect(stream.send(Array("one".utf8)))
        try await stream.close(try Fixture.ended(), last: Array("last".utf8), withheld: [])
        #expect(wire.written == ["head 200", "one", "last", "end"])
        #expect(try fixture.types() == [.callIntent, .callOutcome])
        #expect(!stream.send(Array("late".utf8)))
        let facts = try Fixture.ended()
        await #expect(throws: AuditError.intentNotOpen(index: 0)) {
            try await stream.close(facts, last: Array("again".utf8), withheld: [])
        }
        #expect(wire.written.count == 4)
    }

    @Test("when the outcome cannot be recorded the result does not leave", arguments: StoreFailureTests.failures)
    func withheld(failure: MemoryAuditStore.Failure) async throws {
        let (fixture, wire) = (try Fixture(), Wire())
        let stream = try await open(fixture, wire)
        fixture.store.inject(failure, atAppend: 2)
        let facts = try Fixture.ended()
        await #expect(throws: AuditError.self) {
            try await stream.close(facts, last: Array("secret".utf8), withheld: Array("withheld".utf8))
        }
        #expect(wire.written == ["head 200", "withheld", "end"])
    }

    @Test("a stream that is dropped unclosed leaves a doubt in the log, not silence")
    func dropped() async throws {
        let (fixture, wire) = (try Fixture(), Wire())
        do {
            let stream = try await open(fixture, wire)
            stream.send(Array("one".utf8))
        }
        await fixture.log.flushCoalesced(now: fixture.clock.now())
        let last = try #require(try fixture.entries().last)
        #expect(last.type == .callInDoubt)
        #expect(last.reason == "stream_abandoned")
        #expect(last.intent == 0)
        await fixture.log.flushCoalesced(now: fixture.clock.now())
        #expect(fixture.store.leaves.count == 2)
        #expect(fixture.findings() == [])
    }

    @Test("a closed stream leaves no doubt when it is dropped")
    func closedThenDropped() async throws {
        let (fixture, wire) = (try Fixture(), Wire())
        try await open(fixture, wire).close(try Fixture.ended(), last: [], withheld: [])
        await fixture.log.flushCoalesced(now: fixture.clock.now())
        #expect(try fixture.types() == [.callIntent, .callOutcome])
    }
}
