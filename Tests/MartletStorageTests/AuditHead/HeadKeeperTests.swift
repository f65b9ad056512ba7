import Glibc
import MartletAudit
import MartletCore
import MartletTesting
import MartletTransparency
import Testing

@testable import MartletStorage

@Suite("the head of a running log")
struct HeadKeeperTests {
    private struct Running {
        let log: RecoveredLog
        let keeper: HeadKeeper
        let files: FaultyFiles
        let disk: SimulatedDisk

        init() throws {
            disk = SimulatedDisk()
            files = FaultyFiles(disk)
            log = try RecoveredLog(
                directory: "log", settings: HeadFixture.settings, files: files, random: SeededRandom(seed: 1)
            ) { _ in }
            keeper = try #require(log.keeper)
        }

        /// The head after so many leaves; the log itself does not matter here.
        func keep(_ count: Int) throws(SegmentError) {
            var frontier = MerkleFrontier()
            for number in 0..<count { frontier.append(.leaf([UInt8(number)])) }
            try keeper.keep(frontier)
        }

        var size: UInt64? {
            get throws {
                guard case .read(let head, _) = try HeadInspection(directory: "log", files: disk).read() else {
                    return nil
                }
                return head.checkpoint.size
            }
        }
    }

    @Test("it is kept before a checkpoint is signed, and never goes back")
    func order() async throws {
        let running = try Running()
        try running.keep(3)
        try running.keep(2)
        #expect(try running.size == 3)
        let disk = SimulatedDisk()
        let files = FaultyFiles(disk)
        let store = try HeadFixture.open(files)
        try await LogFixture.append(0..<3, to: store)
        store.close()
        let renames = files.calls.filter { $0.operation == .rename }.map(\.path)
        let (head, checkpoint) = (renames.lastIndex { $0.hasSuffix(".head") }, renames.lastIndex(of: "log/checkpoint"))
        #expect(try #require(head) < (try #require(checkpoint)))
    }

    @Test("a full disk keeps it back and is tried again; a synchronisation that fails ends the log")
    func errors() throws {
        let running = try Running()
        for operation in [FileError.Operation.create, .write, .rename] {
            running.files.setPlan { call in
                call.operation == operation && call.path.contains(".head") ? .before(errno: ENOSPC) : nil
            }
            #expect(throws: SegmentError.self) { try running.keep(2) }
            #expect(running.keeper.watch.failure != nil && running.log.head.failure == nil)
        }
        running.files.setPlan { _ in nil }
        try running.keep(2)
        #expect(try running.size == 2 && running.keeper.watch.failure == nil)
        running.files.setPlan { call in
            call.operation == .synchronize && call.path.contains(".head") ? .before(errno: EIO) : nil
        }
        #expect(throws: SegmentError.self) { try running.keep(3) }
        #expect(running.log.head.failure?.errno == EIO)
    }

    @Test("a swap that was made and reported an error is this run's own")
    func doneAndFailed() throws {
        let running = try Running()
        running.files.setPlan { call in
            call.operation == .rename && call.path.hasSuffix(".head") ? .after(errno: ENOSPC) : nil
        }
        #expect(throws: SegmentError.self) { try running.keep(2) }
        #expect(try running.size == 2)
        running.files.setPlan { _ in nil }
        try running.keep(3)
        #expect(try running.size == 3)
    }

    @Test("two errors in a row, of which the second hides what is there, are not taken for another gateway")
    func twoErrors() throws {
        let running = try Running()
        running.files.setPlan { call in
            call.operation == .rename && call.path.hasSuffix(".head") ? .after(errno: ENOSPC) : nil
        }
        #expect(throws: SegmentError.self) { try running.keep(2) }
        running.files.setPlan { call in
            call.operation == .open && call.path.hasSuffix(".head") ? .before(errno: EMFILE) : nil
        }
        #expect(throws: SegmentError.self) { try running.keep(3) }
        running.files.setPlan { _ in nil }
        try running.keep(4)
        #expect(try running.size == 4)
    }

    @Test("that it was moved is never forgotten, not even when it is there again")
    func movedForGood() throws {
        let running = try Running()
        let path = try #require(HeadFixture.headPath(running.disk))
        let head = running.disk[path]
        try running.disk.remove(path)
        #expect(throws: SegmentError.head(.moved(path: path, size: nil))) { try running.keep(2) }
        running.disk[path] = head
        #expect(throws: SegmentError.head(.moved(path: path, size: nil))) { try running.keep(3) }
        #expect(running.disk[path] == head && running.keeper.watch.failure == .head(.moved(path: path, size: nil)))
    }

    @Test(
        "the directory may lie directly under the root", arguments: [("/head", "/"), ("/a/head", "/a"), ("head", ".")])
    func directory(path: String, above: String) { #expect(LogLayout.parent(of: path) == above) }

    /// What another process does where locks do not reach.
    private static func takeOver(_ disk: SimulatedDisk, damaging: Bool = false) throws {
        let path = try #require(HeadFixture.headPath(disk))
        guard !damaging else {
            disk[path] = Array(disk[path].dropLast())
            return
        }
        let head = try #require(LogHead(String(decoding: disk[path], as: UTF8.self)))
        let other = LogHead(checkpoint: head.checkpoint, run: head.run + 1, holder: [1, 2], acceptance: nil)
        disk[path] = Array(other.text.utf8)
    }

    @Test("when somebody else has moved it nothing is acknowledged or signed any more", arguments: [0, 1, 2])
    func moved(how: Int) async throws {
        let disk = try await HeadFixture.grow(SimulatedDisk(), to: 3)
        let store = try HeadFixture.open(disk)
        try await LogFixture.append(3..<5, to: store)
        switch how {
        case 0: try Self.takeOver(disk)
        case 1: try Self.takeOver(disk, damaging: true)
        default: try disk.remove(try #require(HeadFixture.headPath(disk)))
        }
        let (checkpoint, head) = (disk["log/checkpoint"], HeadFixture.files(disk, below: "head/"))
        store.close()
        guard case .head(.moved) = store.headFailure else {
            Issue.record("\(String(describing: store.headFailure))")
            return
        }
        #expect(disk["log/checkpoint"] == checkpoint, "a checkpoint was signed")
        #expect(HeadFixture.files(disk, below: "head/") == head, "the other one's head was changed")
        await #expect(throws: AuditError.closed) { try await store.append(LogFixture.entry(9, isEssential: true)) }
    }

    @Test("the callers that wait are told that the head was moved")
    func waiting() async throws {
        let running = try Running()
        let answer = Task.immediate { () -> Result<UInt64, AuditError> in
            await withUnsafeContinuation { continuation in
                let append = PendingAppend(LogFixture.entry(1, isEssential: true), .caller(continuation))
                if let refusal = running.log.queue.put(append) { append.answer(.failure(refusal)) }
            }
        }
        try Self.takeOver(running.disk)
        #expect(throws: SegmentError.self) { try running.keep(2) }
        #expect(await answer.value == .failure(.headMoved(size: 0)))
    }

    @Test("calls are refused when it stays behind for more than half a minute, and taken when it follows again")
    func overdue() throws {
        let watch = HeadWatch()
        watch.look(now: 5_000)
        watch.look(now: 35_000)
        #expect(!watch.isOverdue)
        watch.look(now: 35_001)
        #expect(watch.isOverdue)
        watch.succeed()
        watch.look(now: 99_000)
        #expect(!watch.isOverdue)
        watch.look(now: 129_001)
        #expect(watch.isOverdue)
    }
}
