import MartletAudit
import MartletCore
import MartletMCP
import MartletTesting
import Testing

@testable import MartletGateway

@Suite("Calls that can be cancelled by name")
struct CallsInFlightTests {
    private let caller: Principal

    init() throws { caller = try StandingFixture.principal("ada") }

    private static func name(_ session: String, _ id: String) -> CallsInFlight.Name {
        CallsInFlight.Name(session: session, request: .string(id))
    }

    private func running(
        _ fixture: StreamFixture, _ wire: TestWire, _ number: UInt64
    ) async throws -> (CallID, AgentLine, TestRunning) {
        let (line, running) = (try wire.line(), TestRunning())
        let intent = try await fixture.intent("a", number)
        line.begin(fixture.call(intent, endsWithConnection: false))
        _ = line.attach(running)
        return (intent.call, line, running)
    }

    @Test(
        "a name counts in its own session only", arguments: [("s1", "1", true), ("s2", "1", false), ("s1", "2", false)])
    func scope(session: String, id: String, isCancelled: Bool) async throws {
        let (calls, wire) = (CallsInFlight(capacity: 8), TestWire())
        let (call, line, running) = try await running(try StreamFixture(), wire, 1)
        calls.enter(call, of: caller, named: Self.name("s1", "1"), on: line)
        calls.cancel(Self.name(session, id))
        #expect(running.asked == (isCancelled ? ["cancel"] : []))
    }

    @Test("a number and the same digits as text are two names")
    func types() async throws {
        let (calls, wire) = (CallsInFlight(capacity: 8), TestWire())
        let (call, line, running) = try await running(try StreamFixture(), wire, 1)
        calls.enter(call, of: caller, named: Self.name("s1", "1"), on: line)
        calls.cancel(CallsInFlight.Name(session: "s1", request: .number("1")))
        #expect(running.asked.isEmpty)
    }

    @Test("the name of a call that has ended means nothing, also when its connection is at another call")
    func ended() async throws {
        let (fixture, calls, wire) = (try StreamFixture(), CallsInFlight(capacity: 8), TestWire())
        let (first, line, _) = try await running(fixture, wire, 1)
        calls.enter(first, of: caller, named: Self.name("s1", "1"), on: line)
        _ = line.end()
        let (_, _, second) = try await running(fixture, wire, 2)
        calls.cancel(Self.name("s1", "1"))
        #expect(second.asked.isEmpty)
        calls.leave(first, named: Self.name("s1", "1"))
        #expect(calls.count == 0)
    }

    @Test("a name used twice means the later call, and stays its own when the earlier one ends")
    func twice() async throws {
        let (fixture, calls) = (try StreamFixture(), CallsInFlight(capacity: 8))
        let wires = [TestWire(), TestWire()]
        let (first, line, one) = try await running(fixture, wires[0], 1)
        let (second, other, two) = try await running(fixture, wires[1], 2)
        calls.enter(first, of: caller, named: Self.name("s1", "1"), on: line)
        calls.enter(second, of: caller, named: Self.name("s1", "1"), on: other)
        calls.leave(first, named: Self.name("s1", "1"))
        calls.cancel(Self.name("s1", "1"))
        #expect(one.asked.isEmpty)
        #expect(two.asked == ["cancel"])
    }

    @Test("a revoked caller's calls are given up, and nobody else's; without a name, too")
    func revoked() async throws {
        let (fixture, calls) = (try StreamFixture(), CallsInFlight(capacity: 8))
        let wires = [TestWire(), TestWire(), TestWire()]
        let (first, line, one) = try await running(fixture, wires[0], 1)
        let (second, other, two) = try await running(fixture, wires[1], 2)
        let (third, last, three) = try await running(fixture, wires[2], 3)
        calls.enter(first, of: caller, named: Self.name("s1", "1"), on: line)
        calls.enter(second, of: caller, named: nil, on: other)
        calls.enter(third, of: try StandingFixture.principal("bob"), named: nil, on: last)
        #expect(Set(calls.cancel { $0 == caller }) == [first, second])
        #expect(one.asked == ["cancel"] && two.asked == ["cancel"] && three.asked.isEmpty)
        #expect(calls.cancel { _ in false }.isEmpty)
    }

    @Test("there are never more calls than the bound")
    func bound() async throws {
        let (fixture, calls, wire) = (try StreamFixture(), CallsInFlight(capacity: 2), TestWire())
        let (_, line, _) = try await running(fixture, wire, 1)
        for number in UInt64(0)..<10 {
            let call = CallID(time: StandingFixture.now, random: RandomBits(high: number, low: number))
            calls.enter(call, of: caller, named: Self.name("s1", "\(number)"), on: line)
        }
        #expect(calls.count == 2)
    }
}
