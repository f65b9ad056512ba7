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
