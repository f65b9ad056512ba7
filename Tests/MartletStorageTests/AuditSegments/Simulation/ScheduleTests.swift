import Glibc
import Testing

/// MARTLET_SCHEDULES sets how many are run (default 400), MARTLET_SEED with which they begin.
///
/// A failure names its schedule; `MARTLET_SEED=<it> MARTLET_SCHEDULES=1` runs that one alone.
@Suite("a log on a simulated disk")
struct ScheduleTests {
    static let count = number("MARTLET_SCHEDULES") ?? 400
    static let first = UInt64(number("MARTLET_SEED") ?? 1)

    private static func number(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }

    @Test("keeps its promises whenever processes end, disks fail and power goes")
    func schedules() async {
        print("MARTLET_SEED=\(Self.first) MARTLET_SCHEDULES=\(Self.count)")
        await withTaskGroup(of: Void.self) { group in
            for lane in 0..<2 {
                group.addTask {
                    for place in stride(from: lane, to: Self.count, by: 2) {
                        let seed = Self.first + UInt64(place)
                        await Self.expectPromises(seed, keepsHead: seed.isMultiple(of: 2))
                    }
                }
            }
        }
    }

    private static func expectPromises(_ seed: UInt64, keepsHead: Bool = false) async {
        do throws(Broken) {
            _ = try await Schedule(seed: seed, keepsHead: keepsHead).run()
        } catch {
            Issue.record("schedule \(seed): \(error)")
        }
    }

    /// A synchronisation failed under the first batch of a segment: its header stayed in the page cache, the batch did not,
    /// and recovery took the header for durable. The disk was full between naming a segment and using it: the one before
    /// went on, and its torn end was then not the end of the log. A process was killed between naming a segment and
    /// synchronising the directory: the next one used the segment, and power loss took the name.
    @Test(
        "schedules that once found something find nothing more",
        arguments: [4_567, 6_109, 11_042, 12_798, 13_735, 22_697, 24_434, 23_769, 26_890, 29_370] as [UInt64])
    func found(seed: UInt64) async { await Self.expectPromises(seed) }

    @Test("the same seed makes the same file calls in the same order")
    func replay() async throws {
        for seed: UInt64 in 1..<20 {
            let traces = (try await Schedule(seed: seed).run(), try await Schedule(seed: seed).run())
            #expect(traces.0 == traces.1, "schedule \(seed)")
        }
        #expect(try await Schedule(seed: 1).run() != Schedule(seed: 2).run())
    }

    @Test("a synchronisation that is left out is found by some schedule", arguments: OmittedSync.allCases)
    func omitted(sync: OmittedSync) async {
        for seed: UInt64 in 1...600 {
            let schedule = Schedule(seed: seed, omitted: sync, keepsHead: sync.isOfHead)
            do throws(Broken) { _ = try await schedule.run() } catch { return }
        }
        Issue.record("600 schedules did without the \(sync)")
    }
}
