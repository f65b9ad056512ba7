import MartletCore
import MartletTransparency
import Testing

@testable import MartletStorage

@Suite("a head that an operator gives up")
struct HeadAcceptanceTests {
    private static func accept(_ disk: SimulatedDisk, reason: String = "disk lost") throws(SegmentError) -> LogHead? {
        guard let stated = try SegmentReader(directory: "log", files: disk).verify().checkpoint else { return nil }
        return try HeadInspection(directory: "log", files: disk).accept(
            stated, head: "head", user: 1000, reason: reason, now: UnixTime(seconds: 1_800_000_000))
    }

    /// A log of 3 records beside a head of 8.
    private static func restored() async throws -> SimulatedDisk {
        let disk = try await HeadFixture.grow(SimulatedDisk(), to: 3)
        let copy = HeadFixture.files(disk)
        try await HeadFixture.grow(disk, to: 8)
        try HeadFixture.restore(copy, on: disk)
        return disk
    }

    @Test("lets the log go on, and is told at each start until the log says so")
    func told() async throws {
        let disk = try await Self.restored()
        _ = try Self.accept(disk)
        for isRecorded in [false, true] {
            let store = try HeadFixture.open(disk)
            let acceptance = try #require(store.headReport?.acceptance)
            #expect(acceptance.abandoned?.size == 8 && acceptance.user == 1000 && acceptance.reason == "disk lost")
            if isRecorded { store.noteHeadRecorded() }
            store.close()
        }
        let store = try HeadFixture.open(disk)
        #expect(store.headReport?.acceptance == nil && store.headReport?.size == 3)
        store.close()
    }

    @Test("a second word adds to the first, and hides nothing of what was given up")
    func twice() async throws {
        let disk = try await Self.restored()
        let path = try #require(HeadFixture.headPath(disk))
        _ = try Self.accept(disk)
        #expect(throws: SegmentError.head(.accepted(path: path))) { try Self.accept(disk, reason: "again") }
        // An older copy still is put back before any start.
        for file in HeadFixture.files(disk).keys { try disk.remove(file) }
        let again = try HeadInspection(directory: "log", files: disk).accept(
            Checkpoint(origin: LogFixture.origin, size: 0, root: .empty), head: "head", user: 7, reason: "all of it",
            now: UnixTime(seconds: 1_800_000_100))
        #expect(
            again.acceptance?.abandoned?.size == 8
                && again.acceptance?.reason == "disk lost (user 1000); then: all of it")
        let long = try #require(
            HeadAcceptance(
                abandoned: nil, user: 1, at: again.acceptance?.at ?? UnixTime(seconds: 0),
                reason: String(repeating: "é", count: 256)))
        #expect(long.following(long).reason.utf8.count == 512)
    }

    @Test("a log that is gone can be begun anew, and says what was given up")
    func begunAnew() async throws {
        let disk = try await HeadFixture.grow(SimulatedDisk(), to: 3)
        for file in HeadFixture.files(disk).keys { try disk.remove(file) }
        #expect(HeadFixture.refusal(disk) != nil)
        _ = try HeadInspection(directory: "log", files: disk).accept(
            Checkpoint(origin: LogFixture.origin, size: 0, root: .empty), head: "head", user: 7, reason: "key lost",
            now: UnixTime(seconds: 1_800_000_100))
        let store = try HeadFixture.open(disk)
        #expect(store.headReport?.acceptance?.abandoned?.size == 3 && store.size == 0)
        store.close()
    }

    @Test("a lost and a damaged head are given up without saying what they were")
    func lost() async throws {
        let disk = try await HeadFixture.grow(SimulatedDisk(), to: 3)
        let path = try #require(HeadFixture.headPath(disk))
        disk[path] = [7]
        #expect(try Self.accept(disk)?.acceptance?.abandoned == nil)
        try disk.remove(path)
        _ = try Self.accept(disk)
        let store = try HeadFixture.open(disk)
        #expect(store.headReport?.acceptance?.reason == "disk lost")
        store.close()
    }

    @Test(
        "is refused while the gateway runs, and without one line of reason",
        arguments: ["", "a\nb", String(repeating: "a", count: 513)])
    func refused(reason: String) async throws {
        let disk = try await Self.restored()
        let before = HeadFixture.files(disk, below: "head/")
        #expect(throws: SegmentError.invalidSettings) { try Self.accept(disk, reason: reason) }
        #expect(HeadFixture.files(disk, below: "head/") == before)
        _ = try Self.accept(disk)
        let store = try HeadFixture.open(disk)
        #expect(throws: SegmentError.locked(path: "log/lock")) { try Self.accept(disk) }
        store.close()
    }

    @Test(
        "the text gives back what was written", arguments: ["why not", "lost 3 4", String(repeating: "é", count: 256)])
    func text(reason: String) throws {
        for abandoned in [nil, Checkpoint(origin: LogFixture.origin, size: 8, root: .leaf([1]))] {
            let acceptance = try #require(
                HeadAcceptance(
                    abandoned: abandoned, user: 0, at: UnixTime(microseconds: 1_800_000_000_123_456), reason: reason))
            for acceptance in [nil, acceptance] {
                let head = LogHead(
                    checkpoint: Checkpoint(origin: LogFixture.origin, size: 3, root: .leaf([2])), run: 7,
                    holder: [UInt8](repeating: 0xAB, count: 16), acceptance: acceptance)
                #expect(LogHead(head.text) == head)
            }
        }
    }
}
