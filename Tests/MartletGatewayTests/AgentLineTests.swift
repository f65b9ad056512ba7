import MartletAudit
import MartletMCP
import MartletTesting
import Testing

@testable import MartletGateway

@Suite("The way back to an agent")
struct AgentLineTests {
    private static let outcome = OutcomeFacts(.ok, latencyMicroseconds: 1)

    @Test("a call without a word opens no stream")
    func silence() async throws {
        let (fixture, wire) = (try StreamFixture(), TestWire())
        let line = try wire.line()
        line.begin(fixture.call(try await fixture.intent()))
        #expect(line.end() == nil)
        #expect(wire.written.isEmpty)
    }

    @Test("the first notice opens the stream, the outcome closes it, and there is one record of each")
    func stream() async throws {
        let (fixture, wire) = (try StreamFixture(), TestWire())
        let line = try wire.line()
        line.begin(fixture.call(try await fixture.intent()))
        for value in 1...3 { line.hear(try StreamFixture.progress(value)) }
        line.hear(try StreamFixture.log("hello"))
        let stream = try #require(line.end())
        line.hear(try StreamFixture.progress(4))
        try await stream.close(Self.outcome, last: Array("last".utf8), withheld: [])
        #expect(wire.progress == [1, 2, 3])
        #expect(wire.written.first == "head 200")
        #expect(wire.written.suffix(3).first?.contains("hello") == true)
        #expect(wire.written.suffix(2) == ["last", "end"])
        let records = fixture.store.leaves.map { String(decoding: $0, as: UTF8.self) }
        #expect(records.count == 2)
        #expect(records.last?.contains("call.outcome") == true)
    }

    @Test("progress that was not asked for is dropped")
    func noToken() async throws {
        let (fixture, wire) = (try StreamFixture(), TestWire())
        let line = try wire.line()
        line.begin(fixture.call(try await fixture.intent(), token: nil))
        line.hear(try StreamFixture.progress(1))
        #expect(line.end() == nil)
        #expect(wire.written.isEmpty)
    }

    @Test("a slow reader stops the upstream, then gets the latest progress only, and memory stays within the limits")
    func slowReader() async throws {
        var limits = AgentLine.Limits()
        (limits.bytes, limits.pauseBytes) = (4096, 1024)
        let (fixture, wire, running) = (try StreamFixture(), TestWire(isSlow: true, limits: limits), TestRunning())
        let line = try wire.line()
        line.begin(fixture.call(try await fixture.intent()))
        #expect(line.attach(running))
        for value in 1...10_000 {
            line.hear(try StreamFixture.progress(value))
            line.hear(try StreamFixture.log("line"))
            #expect(wire.untakenBytes <= limits.bytes)
        }
        #expect(running.asked == ["hold"])
        #expect(line.dropped > 19_000)
        let before = wire.progress
        #expect(before == Array(1...before.count))
        wire.take(1000)
        #expect(running.asked == ["hold", "go on"])
        #expect(wire.progress == before + [10_000])
        let stream = try #require(line.end())
        try await stream.close(Self.outcome, last: Array("last".utf8), withheld: [])
        #expect(wire.written.suffix(2) == ["last", "end"])
    }

    @Test("the latest progress is sent before the answer although the reader took nothing")
    func latestAtEnd() async throws {
        var limits = AgentLine.Limits()
        limits.events = 2
        let (fixture, wire) = (try StreamFixture(), TestWire(isSlow: true, limits: limits))
        let line = try wire.line()
        line.begin(fixture.call(try await fixture.intent()))
        for value in 1...9 { line.hear(try StreamFixture.progress(value)) }
        _ = line.end()
        #expect(wire.progress == [1, 2, 9])
    }

    @Test(
        "an agent that leaves gives up its call in the modern era only",
        arguments: [(true, ["cancel"]), (false, ["go on"])])
    func leaves(isModern: Bool, asked: [String]) async throws {
        let (fixture, wire, running) = (try StreamFixture(), TestWire(), TestRunning())
        let line = try wire.line()
        line.begin(fixture.call(try await fixture.intent(), endsWithConnection: isModern))
        #expect(line.attach(running))
        line.agentLeft()
        #expect(running.asked == asked)
        line.hear(try StreamFixture.progress(1))
        #expect(wire.written.isEmpty)
    }

    @Test("a call whose agent left before it was sent is not sent in the modern era", arguments: [true, false])
    func leftBefore(isModern: Bool) async throws {
        let (fixture, wire) = (try StreamFixture(), TestWire())
        let line = try wire.line()
        line.agentLeft()
        line.begin(fixture.call(try await fixture.intent(), endsWithConnection: isModern))
        #expect(line.attach(TestRunning()) == !isModern)
    }

    @Test("only the call that is named is cancelled")
    func cancelByName() async throws {
        let (fixture, wire, running) = (try StreamFixture(), TestWire(), TestRunning())
        let (old, new) = (try await fixture.intent("a", 1), try await fixture.intent("a", 2))
        let line = try wire.line()
        line.begin(fixture.call(old))
        _ = line.end()
        line.begin(fixture.call(new))
        #expect(line.attach(running))
        line.cancel(old.call)
        #expect(running.asked.isEmpty)
        line.cancel(new.call)
        #expect(running.asked == ["cancel"])
    }

    /// Two principals on two connections, their calls interleaved in every way a seed can think of.
    @Test("no principal ever sees a notice of another one's call", arguments: 0..<40)
    func interleavings(seed: UInt64) async throws {
        let random = SeededRandom(seed: seed)
        let fixture = try StreamFixture()
        let wires = [TestWire(isSlow: true), TestWire(isSlow: true)]
        let lines = try wires.map { try $0.line() }
        var number: UInt64 = 0
        var next = [0, 0]
        var isRunning = [false, false]
        for _ in 0..<400 {
            let bytes = random.bytes(2)
            let who = Int(bytes[0] & 1)
            switch bytes[1] % 8 {
            case 0 where !isRunning[who]:
                number += 1
                let intent = try await fixture.intent("agent-\(who)", number)
                lines[who].begin(fixture.call(intent, token: "token-\(who)"))
                isRunning[who] = true
            case 1 where isRunning[who]:
                try await lines[who].end()?.close(Self.outcome, last: Array("last \(who)".utf8), withheld: [])
                isRunning[who] = false
            case 2, 3: wires[who].take(Int(bytes[0] >> 4))
            default:
                // Values tell whose they are: even ones are of the first, odd ones of the second.
                lines[who].hear(try StreamFixture.progress(next[who] * 2 + who))
                next[who] += 1
            }
        }
        for who in 0...1 {
            let events = wires[who].written.filter { $0.contains("notifications/progress") }
            #expect(events.allSatisfy { $0.contains(#""progressToken":"token-\#(who)""#) })
            #expect(wires[who].progress.allSatisfy { $0 % 2 == who })
            #expect(wires[who].progress == wires[who].progress.sorted())
            #expect(!wires[who].written.contains("last \(1 - who)"))
        }
    }
}
