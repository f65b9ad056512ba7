import MartletCore
import MartletJSON
import MartletTesting
import MartletTransparency
import Testing

@testable import MartletAudit

@Suite("what the log says of itself")
struct PulseTests {
    private static let second: Int64 = 1_000_000_000

    @Test("a heartbeat is due each interval of the monotonic clock, and a late one is not made up for")
    func due() {
        let clock = FixedClock()
        var pulse = LogPulse(every: Seconds(30), wall: clock.now(), monotonic: clock.monotonic())
        func beats(after seconds: Int64) -> [LogPulse.Beat] {
            clock.advance(by: Seconds(seconds))
            return pulse.note(wall: clock.now(), monotonic: clock.monotonic())
        }
        #expect(beats(after: 0) == [] && beats(after: 29) == [] && beats(after: 1) == [.due])
        #expect(beats(after: 31) == [.due] && beats(after: 28) == [] && beats(after: 1) == [.due])
        #expect(beats(after: 300) == [.due] && beats(after: 29) == [] && beats(after: 1) == [.due])
    }

    @Test(
        "a wall clock that was moved by a second is a step, once, in its direction",
        arguments: [
            (999_999, false), (1_000_000, true), (-999_999, false), (-1_000_000, true), (3_600_000_000, true),
            (-86_400_000_000, true),
        ] as [(Int64, Bool)])
    func step(by microseconds: Int64, isStep: Bool) throws {
        let clock = FixedClock()
        var pulse = LogPulse(every: Seconds(30), wall: clock.now(), monotonic: clock.monotonic())
        clock.advance(by: Seconds(3))
        let expected = clock.now()
        clock.set(UnixTime(microseconds: expected.microseconds + microseconds))
        let beats = pulse.note(wall: clock.now(), monotonic: clock.monotonic())
        #expect(beats.isEmpty == !isStep)
        #expect(pulse.note(wall: clock.now(), monotonic: clock.monotonic()) == [])
        guard isStep, case .step(let step) = beats.first else { return }
        #expect(step.microseconds == microseconds && step.expected == expected && step.monotonic == 3 * Self.second)
    }

    @Test("what the clock drifts from heartbeat to heartbeat is none")
    func drift() {
        let clock = FixedClock()
        var pulse = LogPulse(every: Seconds(30), wall: clock.now(), monotonic: clock.monotonic())
        for _ in 0..<100 {
            clock.advance(by: Seconds(30))
            clock.set(UnixTime(microseconds: clock.now().microseconds + 50_000))
            #expect(pulse.note(wall: clock.now(), monotonic: clock.monotonic()) == [.due])
        }
    }

    @Test("difficulty is told when it begins, changes and ends, at most each ten seconds")
    func degraded() {
        var watch = DegradedWatch()
        let (little, none) = (
            DegradedFacts([.noSpareSegment], spares: 1), DegradedFacts([.noSpareSegment, .reserveReached], spares: 0)
        )
        #expect(watch.note(nil, monotonic: 0) == nil)
        #expect(watch.note(little, monotonic: 5 * Self.second) == .degraded(little))
        #expect(watch.note(DegradedFacts([.noSpareSegment], spares: 0), monotonic: 16 * Self.second) == nil)
        #expect(watch.note(none, monotonic: 17 * Self.second) == .degraded(none))
        #expect(watch.note(nil, monotonic: 26 * Self.second) == nil, "not yet")
        #expect(watch.note(nil, monotonic: 27 * Self.second) == .recovered(none, lasted: Seconds(22)))
        #expect(watch.note(nil, monotonic: 99 * Self.second) == nil)
        #expect(!little.refusesCalls && none.refusesCalls)
    }

    private func beat(_ log: AuditLog, _ size: UInt64, _ root: MerkleHash) async throws {
        let tree = CheckpointFacts(size: size, root: try #require(Digest(bytes: root.bytes)))
        _ = try await log.recordEvent(
            .condition(.heartbeat(HeartbeatFacts(boot: nil, monotonic: 1, tree: tree, every: Seconds(30)))))
    }

    @Test("the root that a heartbeat states is compared with the tree")
    func roots() async throws {
        let fixture = try Fixture()
        try await fixture.complete(try Fixture.call(1))
        var frontier = MerkleFrontier()
        var roots = StatedRoots()
        for leaf in fixture.store.leaves { frontier.append(.leaf(leaf)) }
        try await beat(fixture.log, 2, frontier.root)
        try await beat(fixture.log, 2, .leaf([1]))
        try await beat(fixture.log, 1, frontier.root)
        roots.take(size: 2, root: frontier.root)
        let problems = try fixture.entries().map(roots.problem)
        #expect(problems[0...2] == [nil, nil, nil] && problems[3] != nil && problems[4] != nil)
    }

    @Test("it goes into the reserve, and its loss is counted")
    func reserve() async throws {
        for type in [RecordType.logHeartbeat, .logDegraded, .logRecovered, .clockStep] {
            #expect(type.isEssential && type.isCountedWhenLost)
        }
    }
}
